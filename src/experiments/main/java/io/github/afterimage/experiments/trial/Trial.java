package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialData.Pictures;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.Part;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.Fingerprint;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tries whether a cache helps a network on labelled pictures, or what a memory of features can do alone. It prepares the
 * pictures, matches the classes, chooses layers and the form of keys, builds and tunes an index, and measures it on pictures
 * that nothing was chosen on.
 *
 * <p>Finished steps are kept in the work folder, and an interrupted trial continues. The network runs once on each picture,
 * besides the samples of the first steps; its values for the chosen layers are kept in a file.
 */
public final class Trial {
    /** The name of the index in the trial's folder. */
    private static final String INDEX = "index.safetensors";

    /** The name of the file with the network's outputs in the trial's folder. */
    private static final String OUTPUTS = "outputs.txt";

    private static final int WARNED_FILES = 5;

    private final TrialOptions options;
    private final TrialProgress progress;
    private final List<String> warnings = new ArrayList<>();

    public Trial(TrialOptions options, TrialProgress progress) {
        this.options = options;
        this.progress = progress;
    }

    /** Does what the work folder lacks, and returns everything. */
    public TrialResult run() throws IOException {
        long start = System.nanoTime();
        TrialData data = TrialData.of(options.data(), options.memory(), options.tuning(), options.test());
        WorkFolder work = new WorkFolder(options.folder().resolve("work"), options.peakBytes());
        Map<String, Object> identity = identity(data);
        Prepared prepared = data.areFeatures() ? features(data, identity) : images(data, identity, work);
        try (TrialExamples examples = prepared.examples) {
            return measured(data, prepared, examples, work, start);
        }
    }

    private Map<String, Object> identity(TrialData data) throws IOException {
        Map<String, Object> identity = new LinkedHashMap<>();
        for (String part : List.of(data.memory(), data.tuning(), data.test())) {
            identity.put("data " + identity.size(), part + ", " + Fingerprint.of(part));
        }
        return identity;
    }

    /**
     * The findings that precede the index.
     *
     * @param skipped whether pictures were left out
     */
    private record Prepared(
            TrialExamples examples,
            TrialResult.@Nullable Input input,
            Classes classes,
            @Nullable Layers layers,
            boolean skipped,
            Map<String, String> attributes) {}

    private Prepared images(TrialData data, Map<String, Object> identity, WorkFolder work) throws IOException {
        Path file = options.network();
        if (file == null) {
            throw new IllegalArgumentException(data.memory()
                    + " holds pictures: name the network, as in \"afterimage try net.onnx --data images:DIR\"");
        }
        Pictures pictures = data.pictures(progress.begin("reading"));
        pictures.problems().stream().limit(WARNED_FILES).forEach(problem -> warnings.add("left out: " + problem));
        if (pictures.problems().size() > WARNED_FILES) {
            warnings.add("left out: " + (pictures.problems().size() - WARNED_FILES) + " more pictures");
        }
        ImageTrial trial = new ImageTrial(options, file, pictures, identity, work, progress);
        PreparationTrial.Found preparation = trial.preparation();
        if (!preparation.warning().isEmpty()) {
            warnings.add(preparation.warning());
        }
        String steps = preparation.input().chosen();
        Classes classes = trial.matched(steps);
        if (classes.relation().equals(ClassMatch.PERMUTED)) {
            warnings.add(
                    "the order of the classes looks wrong; it was corrected for this trial, and --outputs does so in the"
                            + " commands: " + classes.sentence());
        }
        TrialNetwork network = trial.network(steps, classes);
        Layers layers = trial.layers(network);
        Map<String, String> attributes = new LinkedHashMap<>();
        TrialExamples examples = trial.examples(network, layers, attributes);
        attributes.put("data", data.memory());
        return new Prepared(
                examples,
                preparation.input(),
                classes,
                layers,
                !pictures.problems().isEmpty(),
                attributes);
    }

    private Prepared features(TrialData data, Map<String, Object> identity) throws IOException {
        if (options.network() != null) {
            throw new IllegalArgumentException(
                    "features: are the output of a network: leave " + options.network() + " out");
        }
        List<FeatureSet> open = new ArrayList<>();
        for (String part : List.of(data.memory(), data.tuning(), data.test())) {
            open.add(FeatureSet.open(part));
        }
        TrialExamples examples = new TrialExamples(
                identity,
                Examples.of(open.get(0)),
                Examples.of(open.get(1)),
                Examples.of(open.get(2)),
                List.of(),
                0,
                () -> {
                    for (FeatureSet each : open) {
                        each.close();
                    }
                });
        boolean network = examples.hasNetwork();
        int classes = examples.classes();
        return new Prepared(
                examples,
                null,
                new Classes(
                        classes,
                        network ? classes : 0,
                        network ? ClassMatch.SAME : ClassMatch.OTHER,
                        List.of(),
                        network
                                ? "The features come with the network's probabilities of their classes."
                                : "The features come without probabilities of a network: the memory answers alone."),
                null,
                false,
                new LinkedHashMap<>(Map.of("data", data.memory())));
    }

    private TrialResult measured(TrialData data, Prepared prepared, TrialExamples examples, WorkFolder work, long start)
            throws IOException {
        requireClasses(data, examples);
        KeyChoice.Chosen chosen = new KeyChoice(examples, options.seed(), options.threads(), work)
                .choose(progress.begin("forms of keys"));
        KeyForm form = chosen.form();
        int dim = examples.memory().dim();
        Path file = options.folder().resolve(INDEX);
        MeasuredIndex.Tuned tuned = MeasuredIndex.make(
                examples, form, prepared.attributes, file, options.threads(), work, progress.begin("indexing"));
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().verify(false).threads(options.threads()))) {
            List<Prediction> predictions = MeasuredIndex.test(index, examples.test(), tuned, progress.begin("testing"));
            String seen = check(examples);
            Accuracy accuracy = TrialAccuracy.of(
                    predictions,
                    ReadoutBaseline.answers(
                            examples,
                            form.words(dim),
                            file,
                            index,
                            options.threads(),
                            work,
                            progress.begin("read-out")));
            List<TrialResult.CurvePoint> curve = new LearningCurve(examples, options.seed(), options.threads(), work)
                    .points(file, form.words(dim), progress.begin("curve"));
            TrialVerdict verdict = TrialVerdict.of(
                    accuracy, tuned.lambda(), tuned.corrected(), TrialAccuracy.largestClass(predictions));
            TestDecisions decisions = new TestDecisions(index, examples, tuned);
            Path outputs = writeOutputs(prepared.classes);
            Layers layers = prepared.layers;
            List<String> commands = new TrialCommands(file, options.network(), data, prepared.skipped)
                    .lines(
                            layers == null ? "" : layers.chosen(),
                            prepared.input == null ? "" : prepared.input.chosen(),
                            outputs,
                            !examples.hasNetwork(),
                            form);
            return new TrialResult(
                    Objects.toString(options.network(), ""),
                    new TrialResult.Data(
                            part(data.memory(), examples.memory()),
                            part(data.tuning(), examples.tuning()),
                            part(data.test(), examples.test()),
                            examples.classNames(),
                            data.division(),
                            data.advice() + seen),
                    prepared.input,
                    prepared.classes,
                    layers,
                    new TrialResult.Keys(
                            index.size(),
                            form.reductionText(),
                            form.type().shortName(),
                            dim,
                            index.keyDim(),
                            tuned.theta(),
                            tuned.lambda(),
                            tuned.memoryTheta(),
                            chosen.reason()),
                    accuracy,
                    chosen.costs(),
                    curve,
                    decisions.of(predictions, TrialAccuracy::corrected),
                    decisions.of(predictions, TrialAccuracy::broken),
                    verdict.verdict(),
                    verdict.sentence(),
                    List.copyOf(warnings),
                    commands,
                    new TrialResult.Effort(
                            (System.nanoTime() - start) / 1e9,
                            examples.networkMillis(),
                            options.peakBytes().getAsLong()));
        }
    }

    private static Part part(String specification, Examples examples) {
        return new Part(specification, examples.size(), TrialExamples.fewest(examples));
    }

    /** Every class of the tuning and test examples must be in the memory. */
    private static void requireClasses(TrialData data, TrialExamples examples) {
        boolean[] known = new boolean[examples.classes()];
        for (int i = 0; i < examples.memory().size(); i++) {
            known[examples.memory().label(i)] = true;
        }
        for (Examples part : List.of(examples.tuning(), examples.test())) {
            for (int i = 0; i < part.size(); i++) {
                if (!known[part.label(i)]) {
                    throw new IllegalArgumentException("class \"" + examples.className(part.label(i)) + "\" of "
                            + part.name(i) + " has no example in the"
                            + " memory, " + data.memory()
                            + ": a file may be sorted by class; name parts that have every class with --memory,"
                            + " --tuning and --test");
                }
            }
        }
    }

    /** Warns of likely mistakes, and returns a sentence on whether the network has seen the pictures. */
    private String check(TrialExamples examples) throws IOException {
        NetworkCheck tuning = checked(examples.tuning());
        if (tuning.counted() == 0) {
            return "";
        }
        String warning = tuning.warning();
        if (warning != null) {
            warnings.add(warning);
        }
        NetworkCheck memory = checked(examples.memory());
        boolean trained = Interval.clopperPearson(
                                Math.round(memory.error() * memory.counted()), memory.counted(), Gain.CONFIDENCE)
                        .high()
                < Interval.clopperPearson(
                                Math.round(tuning.error() * tuning.counted()), tuning.counted(), Gain.CONFIDENCE)
                        .low();
        return String.format(
                Locale.ROOT,
                " The network errs on %.2f %% of the memory's examples and on %.2f %% of the tuning ones%s.",
                100 * memory.error(),
                100 * tuning.error(),
                trained ? ": it was trained with the memory's, and that is right" : "");
    }

    private static NetworkCheck checked(Examples examples) throws IOException {
        NetworkCheck check = new NetworkCheck(examples);
        check.examples().forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {});
        return check;
    }

    /** Writes the network's outputs, one a line, where the pictures have only some of them or in another order. */
    private @Nullable Path writeOutputs(Classes classes) throws IOException {
        if (classes.matches().isEmpty()) {
            return null;
        }
        Path file = options.folder().resolve(OUTPUTS);
        Files.write(
                file,
                classes.matches().stream()
                        .map(match -> String.valueOf(match.output()))
                        .toList());
        return file;
    }
}
