<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Certificate</name>
    <message numerus="yes">
        <source>Compared with the trained model on %n picture(s) {split}.</source>
        <translation>
            <numerusform>Compared with the trained model on %n picture {split}.</numerusform>
            <numerusform>Compared with the trained model on %n pictures {split}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClassCard</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClassKeys</name>
    <message numerus="yes">
        <source>%n picture(s) sent back to learn from. Ctrl+Z takes the last one back.</source>
        <translation>
            <numerusform>%n picture sent back to learn from. Ctrl+Z takes it back.</numerusform>
            <numerusform>%n pictures sent back to learn from. Ctrl+Z takes the last one back.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CoachPanel</name>
    <message numerus="yes">
        <source>%n further hint(s)</source>
        <translation>
            <numerusform>%n further hint</numerusform>
            <numerusform>%n further hints</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>“{first}” has %n image(s) to learn from: record at least {two}.</source>
        <translation>
            <numerusform>“{first}” has %n image to learn from: record at least {two}.</numerusform>
            <numerusform>“{first}” has %n images to learn from: record at least {two}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CollectPage</name>
    <message numerus="yes">
        <source>%n image(s) kept</source>
        <translation>
            <numerusform>%n image kept</numerusform>
            <numerusform>%n images kept</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CoveragePanel</name>
    <message numerus="yes">
        <source>{coverage} answered, {accuracy} of those right · %n unknown(s)</source>
        <translation>
            <numerusform>{coverage} answered, {accuracy} of those right · %n unknown</numerusform>
            <numerusform>{coverage} answered, {accuracy} of those right · %n unknown</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wrong answer(s) given</source>
        <translation>
            <numerusform>%n wrong answer given</numerusform>
            <numerusform>%n wrong answers given</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Disagreements</name>
    <message numerus="yes">
        <source>They disagree on {count} of %n frame(s), {share}</source>
        <translation>
            <numerusform>They disagree on {count} of %n frame, {share}</numerusform>
            <numerusform>They disagree on {count} of %n frames, {share}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EvaluateBar</name>
    <message numerus="yes">
        <source>about %n second(s) left</source>
        <translation>
            <numerusform>about %n second left</numerusform>
            <numerusform>about %n seconds left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EvaluateHeadline</name>
    <message numerus="yes">
        <source>{right} of %n picture(s) right</source>
        <translation>
            <numerusform>{right} of %n picture right</numerusform>
            <numerusform>{right} of %n pictures right</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EvaluateResult</name>
    <message numerus="yes">
        <source>{truth}, recognised: %n</source>
        <translation>
            <numerusform>{truth}, recognised: %n</numerusform>
            <numerusform>{truth}, recognised: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{truth}, taken for {answer}: %n</source>
        <translation>
            <numerusform>{truth}, taken for {answer}: %n</numerusform>
            <numerusform>{truth}, taken for {answer}: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wrong answer(s), the surest first. Look for wrong labels before you blame the model.</source>
        <translation>
            <numerusform>%n wrong answer. Look for a wrong label before you blame the model.</numerusform>
            <numerusform>%n wrong answers, the surest first. Look for wrong labels before you blame the model.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportForm</name>
    <message numerus="yes">
        <source>a box (%n model(s) measured, {where})</source>
        <translation>
            <numerusform>a box (%n model measured, {where})</numerusform>
            <numerusform>a box (%n models measured, {where})</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message numerus="yes">
        <source>%n picture(s) taken.</source>
        <translation>
            <numerusform>%n picture taken.</numerusform>
            <numerusform>%n pictures taken.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LivePage</name>
    <message numerus="yes">
        <source>Smoothing: mean of the last %n answer(s)</source>
        <translation>
            <numerusform>Smoothing: the last answer alone</numerusform>
            <numerusform>Smoothing: mean of the last %n answers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanCard</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n class(es)</source>
        <translation>
            <numerusform>%n class</numerusform>
            <numerusform>%n classes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n recording(s)</source>
        <translation>
            <numerusform>%n recording</numerusform>
            <numerusform>%n recordings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n further image(s) of other recordings are kept aside to test it.</source>
        <translation>
            <numerusform>%n further image of another recording is kept aside to test it.</numerusform>
            <numerusform>%n further images of other recordings are kept aside to test it.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PredictionPanel</name>
    <message numerus="yes">
        <source>Learned from %n image(s).</source>
        <translation>
            <numerusform>Learned from %n image.</numerusform>
            <numerusform>Learned from %n images.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RecordingBar</name>
    <message numerus="yes">
        <source>%n kept</source>
        <translation>
            <numerusform>%n kept</numerusform>
            <numerusform>%n kept</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReliabilityView</name>
    <message numerus="yes">
        <source>says {stated}, is right in {right}: %n answer(s)</source>
        <translation>
            <numerusform>says {stated}, is right in {right}: %n answer</numerusform>
            <numerusform>says {stated}, is right in {right}: %n answers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewChanges</name>
    <message numerus="yes">
        <source>%n image(s) moved to “{name}”</source>
        <translation>
            <numerusform>%n image moved to “{name}”</numerusform>
            <numerusform>%n images moved to “{name}”</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) moved to the trash; Ctrl+Z brings them back</source>
        <translation>
            <numerusform>%n image moved to the trash; Ctrl+Z brings it back</numerusform>
            <numerusform>%n images moved to the trash; Ctrl+Z brings them back</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n image(s) for good?</source>
        <translation>
            <numerusform>Delete %n image for good?</numerusform>
            <numerusform>Delete %n images for good?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) deleted</source>
        <translation>
            <numerusform>%n image deleted</numerusform>
            <numerusform>%n images deleted</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewPage</name>
    <message numerus="yes">
        <source>%n suspected label(s)</source>
        <translation>
            <numerusform>%n suspected label</numerusform>
            <numerusform>%n suspected labels</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n repeated image(s)</source>
        <translation>
            <numerusform>%n repeated image</numerusform>
            <numerusform>%n repeated images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unusual image(s)</source>
        <translation>
            <numerusform>%n unusual image</numerusform>
            <numerusform>%n unusual images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{shown} of %n image(s)</source>
        <translation>
            <numerusform>{shown} of %n image</numerusform>
            <numerusform>{shown} of %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RobustnessPanel</name>
    <message numerus="yes">
        <source>about %n second(s) left</source>
        <translation>
            <numerusform>about %n second left</numerusform>
            <numerusform>about %n seconds left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s); the mark stands at {top1}, as they were recorded. ▼: lower beyond doubt.</source>
        <translation>
            <numerusform>%n picture; the mark stands at {top1}, as it was recorded. ▼: lower beyond doubt.</numerusform>
            <numerusform>%n pictures; the mark stands at {top1}, as they were recorded. ▼: lower beyond doubt.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunResult</name>
    <message numerus="yes">
        <source>%n image(s) it had not learned from</source>
        <translation>
            <numerusform>%n image it had not learned from</numerusform>
            <numerusform>%n images it had not learned from</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SessionsTable</name>
    <message numerus="yes">
        <source>%n to label</source>
        <translation>
            <numerusform>%n to label</numerusform>
            <numerusform>%n to label</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message numerus="yes">
        <source>Delete %n run(s) for good? This cannot be undone; images and bundles stay.</source>
        <translation>
            <numerusform>Delete %n run for good? This cannot be undone; images and bundles stay.</numerusform>
            <numerusform>Delete %n runs for good? This cannot be undone; images and bundles stay.</numerusform>
        </translation>
    </message>
</context>
</TS>
