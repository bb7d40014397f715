"""The command line: `python -m edge_transfer`."""

if __name__ == "__main__":
    # A spawned process imports this module under another name, and has no use for the command line.
    from edge_transfer.cli import main

    main()
