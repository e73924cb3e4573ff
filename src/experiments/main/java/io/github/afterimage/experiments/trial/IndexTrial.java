package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.Part;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The steps that need the features only: an index is made, tuned, measured and judged. */
record IndexTrial(TrialRun run, TrialSetup setup) {
    /** The name of the index in the trial's folder. */
    private static final String INDEX = "index.safetensors";

    /** The name of the file with the network's outputs in the trial's folder. */
    private static final String OUTPUTS = "outputs.txt";

    /** @param watch started when the trial began */
    TrialResult result(Stopwatch watch) throws IOException {
        TrialExamples examples = setup.examples();
        ExampleCheck check = new ExampleCheck(examples);
        check.requireClasses(setup.data().memory());
        KeyChoice.Chosen chosen = new KeyChoice(examples, run).choose();
        KeyForm form = chosen.form();
        String words = form.words(examples.memory().dim());
        Path file = file(INDEX);
        MeasuredIndex.Tuned tuned = MeasuredIndex.make(examples, form, setup.attributes(), file, run);
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().verify(false).threads(run.threads()))) {
            List<Prediction> predictions = MeasuredIndex.test(index, examples.test(), tuned, run.begin("testing"));
            List<String> warnings = new ArrayList<>(setup.warnings());
            String seen = check.seen(setup.classes(), warnings);
            Accuracy accuracy =
                    TrialAccuracy.of(predictions, ReadoutBaseline.answers(examples, words, file, index, run));
            List<TrialResult.CurvePoint> curve = new LearningCurve(examples, run).points(file, words);
            TrialVerdict verdict = TrialVerdict.of(
                            accuracy, tuned.lambda(), tuned.corrected(), TrialAccuracy.largestClass(predictions))
                    .without(setup.classes(), predictions)
                    .under(setup.doubt());
            TestDecisions decisions = new TestDecisions(
                    index,
                    examples,
                    setup.pictures() == null ? null : setup.pictures().test(),
                    tuned);
            return new TrialResult(
                    Objects.toString(run.options().network(), ""),
                    data(seen),
                    setup.input(),
                    setup.classes(),
                    setup.layers(),
                    keys(index, chosen, tuned),
                    accuracy,
                    chosen.costs(),
                    curve,
                    tuned.weights(),
                    decisions.of(predictions, TrialAccuracy::corrected),
                    decisions.of(predictions, TrialAccuracy::broken),
                    verdict.verdict(),
                    verdict.sentence(),
                    List.copyOf(warnings),
                    commands(form),
                    new TrialResult.Effort(
                            watch.seconds(),
                            examples.networkMillis(),
                            run.options().peakBytes().getAsLong()));
        }
    }

    private Path file(String name) {
        return run.options().folder().resolve(name);
    }

    private TrialResult.Data data(String seen) {
        TrialData data = setup.data();
        TrialExamples examples = setup.examples();
        return new TrialResult.Data(
                part(data.memory(), examples.memory()),
                part(data.tuning(), examples.tuning()),
                part(data.test(), examples.test()),
                examples.classNames(),
                data.division(),
                data.advice() + seen);
    }

    private static Part part(String specification, Examples examples) {
        return new Part(specification, examples.size(), TrialExamples.fewest(examples));
    }

    private TrialResult.Keys keys(CacheIndex index, KeyChoice.Chosen chosen, MeasuredIndex.Tuned tuned) {
        return new TrialResult.Keys(
                index.size(),
                chosen.form().reductionText(),
                chosen.form().type().shortName(),
                setup.examples().memory().dim(),
                index.keyDim(),
                tuned.theta(),
                tuned.lambda(),
                setup.examples().hasNetwork() ? tuned.beta() : tuned.memoryBeta(),
                tuned.memoryTheta(),
                chosen.reason());
    }

    private List<String> commands(KeyForm form) throws IOException {
        Layers layers = setup.layers();
        TrialResult.Input input = setup.input();
        boolean skipped =
                setup.pictures() != null && !setup.pictures().problems().isEmpty();
        return new TrialCommands(file(INDEX), run.options().network(), setup.data(), skipped)
                .lines(
                        layers == null ? "" : layers.chosen(),
                        input == null ? "" : input.chosen(),
                        writeOutputs(setup.classes()),
                        !setup.examples().hasNetwork(),
                        form);
    }

    /** Writes the network's outputs, one a line, where the pictures may have only some of them or another order. */
    private @Nullable Path writeOutputs(Classes classes) throws IOException {
        if (classes.matches().isEmpty()) {
            return null;
        }
        Path file = file(OUTPUTS);
        Files.write(
                file,
                classes.matches().stream()
                        .map(match -> String.valueOf(match.output()))
                        .toList());
        return file;
    }
}
