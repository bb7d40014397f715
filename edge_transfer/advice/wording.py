"""The advice as one paragraph of text, in English or Spanish."""

from __future__ import annotations

from edge_transfer.advice.result import Advice, Candidate, Choice
from edge_transfer.curation.recording_hints import Hint
from edge_transfer.report_pages import Numbers, texts

_APART, _FAR = 0.6, 0.85


def paragraph(advice: Advice, language: str = "en") -> str:
    """What is advised and why, with the numbers in it."""
    return " ".join(part for part in _Words(advice, language).sentences() if part)


def lead(advice: Advice, language: str = "en") -> str:
    """The paragraph's two sentences that matter most: what can be expected of which network, and how to train it."""
    words = _Words(advice, language)
    if advice.choice is None:
        return " ".join(words.sentences())
    return f"{words.expected(advice.choice.candidate)} {words.about_strategy()}".strip()


def hint_sentences(advice: Advice, language: str = "en") -> list[str]:
    """What to record next, each as a sentence."""
    words = _Words(advice, language)
    return [words.hint(hint) for hint in advice.data.hints]


class _Words:
    def __init__(self, advice: Advice, language: str) -> None:
        self._advice = advice
        self._text = texts("advice", language)
        self._numbers = Numbers(language)
        self._where = self._text["box" if advice.box_factor else "here"]

    def sentences(self) -> list[str]:
        choice = self._advice.choice
        parts = [*self._about_data()]
        if choice is not None:
            parts += [*self._about_choice(choice), self._about_transfer(), self._about_gap(), self.about_strategy()]
        return [*parts, self._about_next()]

    def _counted(self, kind: str, n: int) -> str:
        return str(self._text[kind][n != 1].format(n=self._numbers.whole(n)))

    def _points(self, share: float) -> str:
        return self._numbers.plain(100 * share, 1)

    def _ms(self, value: float) -> str:
        return self._numbers.plain(value, 1 if value >= 1 else 2)

    def _about_data(self) -> list[str]:
        data, text = self._advice.data, self._text
        if not data.classes:
            return [text["data_none"]]
        if len(data.classes) == 1:
            return [text["data_one"].format(name=data.classes[0].name, n=self._numbers.whole(data.images))]
        ordered = sorted(data.classes, key=lambda each: each.images)
        recordings = sum(each.recordings for each in data.classes)
        parts = [
            text["data_recorded" if recordings else "data"].format(
                images=self._counted("images", data.images),
                classes=self._counted("classes", len(data.classes)),
                recordings=self._counted("recordings", recordings),
                fewest=self._numbers.whole(ordered[0].images),
                smallest=ordered[0].name,
                most=self._numbers.whole(ordered[-1].images),
                largest=ordered[-1].name,
            )
        ]
        looked_at = self._numbers.whole(data.looked_at)
        if data.repeats:
            parts.append(text["repeats"].format(n=self._numbers.whole(data.repeats), looked_at=looked_at))
        elif data.looked_at < data.images:
            parts.append(text["sample"].format(looked_at=looked_at))
        if self._advice.choice is None:
            parts.append(text["data_not_held_out"])
        return parts

    def _about_choice(self, choice: Choice) -> list[str]:
        advice, text, taken = self._advice, self._text, choice.candidate
        best, own = advice.best, advice.at_hand(taken.backbone, advice.side)
        asked = {
            "fps": self._numbers.plain(advice.budget.fps, 0),
            "points": self._numbers.plain(advice.budget.points, 1),
            "where": self._where,
        }
        parts = [self.expected(taken)]
        if not choice.fast_enough:
            parts.append(text["too_slow"].format(**asked))
        elif not choice.accurate_enough:
            parts.append(text["too_far"].format(**asked))
        if best is not None:
            parts.append(self._against_best(taken, best))
        if own is not None and own.side != taken.side and own != best:
            top1 = self._numbers.share(own.top1)
            parts.append(text["project_side"].format(side=own.side, top1=top1, ms=self._ms(own.p50_ms)))
        parts.append(self._about_leakage())
        if advice.data.optimistic:
            parts.append(text["optimistic"])
        if advice.busy and not advice.box_factor:
            parts.append(text["busy"])
        return parts

    def expected(self, taken: Candidate) -> str:
        return str(
            self._text["expected"].format(
                title=taken.title,
                side=taken.side,
                top1=self._numbers.share(taken.top1),
                error=self._points(taken.error),
                ms=self._ms(taken.p50_ms),
                where=self._where,
                fps=self._numbers.plain(1000 / taken.p50_ms, 0),
            )
        )

    def _against_best(self, taken: Candidate, best: Candidate) -> str:
        if taken == best:
            return str(self._text["choice_same" if taken.side == self._advice.side else "choice_best"])
        behind, ms = self._points(taken.behind), self._ms(best.p50_ms)
        return str(self._text["choice_cheaper"].format(title=best.title, side=best.side, behind=behind, ms=ms))

    def _about_leakage(self) -> str:
        leakage = self._advice.leakage
        if leakage is None or not leakage.clear:
            return ""
        return str(
            self._text["leakage"].format(
                promised=self._numbers.share(leakage.promised_top1),
                gap=self._points(leakage.gap),
                error=self._points(2 * leakage.gap_error),
            )
        )

    def _about_transfer(self) -> str:
        transfer = self._advice.transfer
        if transfer is None:
            return ""
        return str(
            self._text[transfer.verdict].format(
                gain=self._points(transfer.gain),
                error=self._points(2 * transfer.gain_error),
                random=self._numbers.share(transfer.random_top1),
                pretrained=self._numbers.share(transfer.pretrained_top1),
            )
        )

    def _about_gap(self) -> str:
        advice = self._advice
        if advice.gap is not None:
            kind = "near" if advice.gap < _APART else "apart" if advice.gap < _FAR else "far"
            return str(self._text[kind].format(title=advice.gap_title, share=self._numbers.share(advice.gap, 0)))
        random = next((each for each in advice.candidates if not each.pretrained), None)
        taken = advice.at_hand(advice.choice.candidate.backbone, advice.side) if advice.choice else None
        if random is None or taken is None:
            return ""
        return str(
            self._text["no_reference"].format(
                random=self._numbers.share(random.neighbours_top1),
                pretrained=self._numbers.share(taken.neighbours_top1),
            )
        )

    def about_strategy(self) -> str:
        strategy, choice = self._advice.strategy, self._advice.choice
        if strategy is None or choice is None:
            return ""
        key = f"probe_{strategy.why}" if strategy.name == "probe" else strategy.name
        return str(
            self._text[key].format(
                found=self._numbers.plain(strategy.found, 0),
                limit=self._numbers.plain(strategy.limit, 0),
                found_share=self._numbers.share(strategy.found),
                left=self._numbers.share(1 - choice.candidate.top1),
            )
        )

    def _about_next(self) -> str:
        hints = self._advice.data.hints
        return str(self._text["next"].format(hint=self.hint(hints[0]))) if hints else ""

    def hint(self, hint: Hint) -> str:
        first, second = (*hint.classes, "", "")[:2]
        one, two = (*(self._numbers.plain(number, 0) for number in hint.numbers), "", "")[:2]
        sentence = str(self._text["hints"][hint.kind])
        return sentence.format(first=first, second=second, one=one, two=two, all=", ".join(hint.classes))
