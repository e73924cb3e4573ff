package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.LabelSuspects;
import io.github.afterimage.experiments.OutputNames;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.ShellWord;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Cost;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tries whether a cache helps a network on labelled pictures, or what a memory of features can do alone. It prepares the
 * pictures, matches the classes, chooses layers and the form of keys, builds and tunes an index, and measures it on pictures
 * that it was not tuned on.
 *
 * <p>Finished steps are kept in the work folder, and an interrupted trial continues. The network runs once on each picture,
 * besides the samples of the first steps; its values for the chosen layers are kept in a file.
 */
public final class Trial {
    /** The number of divisions of the same data that can be tested. */
    public static final int DIVISIONS = TrialExamples.DIVISIONS;

    private static final int LEAST_SAMPLE = 200;
    private static final int MOST_SAMPLE = 500;
    private static final int SAMPLE_PER_CLASS = 4;
    private static final int MATCHED_PER_CLASS = 20;
    private static final int MOST_MATCHED = 2000;
    private static final int WARNED_FILES = 3;
    private static final int SHOWN_SUSPECTS = 20;

    /** The name of the index in the trial's folder. */
    private static final String INDEX = "index.safetensors";

    /** The name of the file with the network's outputs in the trial's folder. */
    private static final String OUTPUTS = "outputs.txt";

    private final TrialOptions options;
    private final Stopwatch watch = Stopwatch.started();
    private TrialData data;

    private Trial(TrialOptions options) {
        this.options = options;
        data = options.data();
    }

    /** Does what the work folder lacks, and returns everything. */
    public static TrialResult run(TrialOptions options) throws IOException {
        new WrittenIndex(options.file(INDEX), options).requireReplaceable();
        Trial trial = new Trial(options);
        return trial.data.areFeatures() ? trial.ofFeatures() : trial.ofPictures();
    }

    private TrialResult ofFeatures() throws IOException {
        if (options.network() != null) {
            throw new IllegalArgumentException(
                    "features: are the output of a network: leave " + options.network() + " out");
        }
        try (TrialExamples examples = TrialExamples.ofFeatures(data, TrialSteps.of(options, data))) {
            return result(examples, null, null, ClassMatch.ofFeatures(examples.classes(), examples.hasNetwork()), null);
        }
    }

    private TrialResult ofPictures() throws IOException {
        Path file = options.network();
        if (file == null) {
            throw new IllegalArgumentException(data.memory()
                    + " holds pictures: name the network, as in \"afterimage try net.onnx --data images:DIR\"");
        }
        PreparationTrial.requireClassifier(file, options.settings());
        TrialPictures pictures = TrialPictures.read(data, options);
        data = pictures.data();
        TrialSteps steps = TrialSteps.of(options, data)
                .given("copies", pictures.copies().pairs().size())
                .given("groups", Arrays.hashCode(pictures.groups().firsts()) + 31 * Arrays.hashCode(pictures.sixths()))
                .given("classes", pictures.memory().classNames())
                .given("network", Network.sha256(file));
        Input input = prepared(steps, file, pictures);
        NetworkSettings settings = options.settings().withPreprocessing(Preprocessing.parse(input.chosen()));
        ClassMatch classes = matched(steps, file, settings, pictures);
        TrialNetwork network = new TrialNetwork(
                file,
                settings.withClasses(classes.outputs()),
                classes.relation().equals(ClassMatch.OTHER));
        LayerChoice choice = new LayerChoice(network, options);
        Layers layers = options.layers().isEmpty()
                ? choice.search(steps, pictures.memory(), pictures.tuning())
                : LayerChoice.given(options.layers());
        try (TrialExamples examples = examples(steps, network, layers, pictures)) {
            return result(examples, pictures, input, classes, layers);
        }
    }

    /** Finds the preparation of pictures. */
    private Input prepared(TrialSteps steps, Path file, TrialPictures pictures) throws IOException {
        ImageSet drawn = sample(pictures, SAMPLE_PER_CLASS, MOST_SAMPLE);
        ImageSet sample = drawn.select(
                BalancedSample.shuffled(IntStream.range(0, drawn.size()).toArray(), options.seed()));
        return steps.step("input", Input.class, () -> {
            Progress progress = options.begin("preparing");
            return PreparationTrial.of(file, options.settings(), options.preprocessing(), pictures.sizes())
                    .run(sample, progress);
        });
    }

    /** Finds which of the network's classes are those of the pictures. */
    private ClassMatch matched(TrialSteps steps, Path file, NetworkSettings prepared, TrialPictures pictures)
            throws IOException {
        ImageSet memory = pictures.memory();
        ImageSet sample = sample(pictures, MATCHED_PER_CLASS, MOST_MATCHED);
        try (Network opened = Network.open(file, List.of(), prepared)) {
            List<OutputNames> known = OutputNames.of(file, opened.classes());
            steps.given("known", OutputNames.text(known));
            return steps.step("classes", ClassMatch.class, () -> {
                NetworkAnswers answers = NetworkAnswers.of(opened, sample, options.begin("matching"));
                return ClassMatch.of(
                        answers.assignment(), memory.classNames(), memory.hasClassNames(), answers.outputs(), known);
            });
        }
    }

    /**
     * Draws pictures of each class, one of each group there: at least so many, and more where there are few classes, but not more than {@code
     * most}.
     */
    private ImageSet sample(TrialPictures pictures, int perClass, int most) {
        int[] firsts = pictures.groups().firsts();
        ImageSet all = pictures.memory();
        Set<List<Integer>> seen = new HashSet<>();
        ImageSet memory = all.select(IntStream.range(0, all.size())
                .filter(i -> seen.add(List.of(firsts[i], all.label(i))))
                .toArray());
        int classes = memory.classNames().size();
        int count = Math.max(perClass, LEAST_SAMPLE / classes);
        return memory.select(BalancedSample.atMost(
                memory.size(), memory::label, Math.max(1, Math.min(count, most / classes)), options.seed()));
    }

    /** Runs the network on every picture that the work folder lacks. */
    private TrialExamples examples(TrialSteps steps, TrialNetwork network, Layers layers, TrialPictures pictures)
            throws IOException {
        Network opened = network.openForViews(KeyLayers.parse(layers.chosen()).terms());
        return Resources.guarded(opened, () -> {
            Examples source = JoinedExamples.of(Stream.of(pictures.memory(), pictures.tuning(), pictures.test())
                    .map(part -> network.examples(opened, part))
                    .toList());
            Path kept = steps.file("features", ".rows");
            double millis = steps.step("pass", Double.class, () -> {
                Stopwatch pass = Stopwatch.started();
                int done = KeptExamples.count(source, kept);
                KeptExamples.of(source, kept, options.begin("network"));
                return 1000 * pass.seconds() / Math.max(1, source.size() - done);
            });
            Map<String, String> attributes = new LinkedHashMap<>(
                    KeySource.of(opened, network.memoryAlone()).toAttributes());
            attributes.put("data", data.memory());
            return new TrialExamples(
                    steps,
                    KeptExamples.of(source, kept, options.begin("reading")), // complete, unless the file was deleted
                    TrialExamples.sixths(
                            pictures.sixths(),
                            pictures.tuning().size(),
                            pictures.test().size()),
                    pictures.groups(),
                    pictures.miniatures(),
                    data.isDivided(),
                    pictures.copies().pairs(),
                    pictures.memory().classNames(),
                    attributes,
                    millis,
                    opened);
        });
    }

    /**
     * Makes, tunes, measures and judges an index of features.
     *
     * @param pictures null for features; likewise the input and the layers
     */
    private TrialResult result(
            TrialExamples examples,
            @Nullable TrialPictures pictures,
            @Nullable Input input,
            ClassMatch classes,
            @Nullable Layers layers)
            throws IOException {
        examples.requireClasses(data);
        KeyChoice keys = KeyChoice.of(examples, options);
        Cost form = keys.chosen();
        Path file = options.file(INDEX);
        TunedIndex tuned = TunedIndex.make(examples, keys, file, options);
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().verify(false).threads(options.threads()))) {
            List<TestedDivision> tested = TestedDivision.all(examples, keys, index, tuned, options);
            List<Accuracy> divisions = tested.stream()
                    .map(each -> TestedDivision.accuracy(List.of(each)))
                    .toList();
            Accuracy accuracy = TestedDivision.accuracy(tested);
            ClassErrors classErrors = new ClassErrors();
            TestedDivision.predictions(tested).forEach(classErrors::add);
            List<String> warnings = warnings(pictures, examples.copies(), input, classes);
            Stream.of(examples.untested()).filter(each -> !each.isEmpty()).forEach(warnings::add);
            String seen = examples.seen(classes, warnings);
            List<TrialResult.CurvePoint> curve = TunedIndex.curve(examples, file, options);
            TrialVerdict verdict = TrialVerdict.of(tested, classes)
                    .ifAnyGain(
                            options.group() == null
                                    ? Shortcut.doubt(examples, tested, data.isDivided(), options.threads())
                                    : "")
                    .ifAnyGain(examples.groups().doubt())
                    .under(doubt(input));
            warnings.addAll(examples.groups().warnings());
            if (!verdict.doubt().contains(examples.groups().doubt())) {
                warnings.add(examples.groups().doubt());
            }
            List<Prediction> first = TestedDivision.predictions(tested.subList(0, 1));
            List<LabelSuspects.Suspect> suspects = suspects(index, file, tuned);
            List<LabelSuspects.Suspect> worst =
                    suspects.stream().limit(SHOWN_SUSPECTS).toList();
            TestDecisions decisions =
                    new TestDecisions(index, examples, pictures == null ? null : pictures.test(), tuned);
            return new TrialResult(
                    Objects.toString(options.network(), ""),
                    new TrialResult.Data(
                            TrialExamples.part(data.memory(), examples.memory()),
                            TrialExamples.part(data.tuning(), examples.tuning()),
                            TrialExamples.part(data.test(), examples.test()),
                            examples.classNames(),
                            examples.copies().size(),
                            examples.groups().found(),
                            data.division()
                                    + examples.groups().sentence()
                                    + repeated(tested.size())
                                    + TestedDivision.untested(examples, keys, options, tested.size()),
                            data.advice() + seen + (comparable(index) ? "" : uncompared(index))),
                    input,
                    classes,
                    layers,
                    new TrialResult.Keys(
                            index.size(),
                            form.reduction(),
                            form.type(),
                            examples.memory().dim(),
                            index.format().keyDim(),
                            tuned.rule(),
                            tuned.views(),
                            tuned.alone(),
                            keys.reason()),
                    accuracy,
                    divisions,
                    classErrors,
                    new TrialResult.Suspects(suspects.size(), worst),
                    worst.stream().map(each -> picture(each, index)).toList(),
                    keys.costs(),
                    curve,
                    decisions.of(first, TestDecisions::corrected),
                    decisions.of(first, TestDecisions::broken),
                    verdict,
                    List.copyOf(warnings),
                    commands(form, pictures, input, classes, layers, !examples.hasNetwork()),
                    new TrialResult.Effort(
                            watch.seconds(),
                            examples.networkMillis(),
                            options.peakBytes().getAsLong()));
        }
    }

    private static String repeated(int divisions) {
        return divisions == 1
                ? " Nothing was chosen on the test pictures."
                : " This was done " + divisions + " times: the sixths change places, so that "
                        + (divisions == TrialExamples.DIVISIONS ? "all but" : "others than")
                        + " the one on which layers and keys were chosen are tested once. No index was tuned on the"
                        + " pictures that they are tested on; preprocessing, classes, layers and the form of keys were chosen once, on"
                        + " the memory and the tuning pictures of the first division. The index that is left, and all that is shown of"
                        + " it, is the first one's.";
    }

    /** Finds the keys whose labels the others doubt, the worst first; none if that would take minutes. */
    private List<LabelSuspects.Suspect> suspects(CacheIndex index, Path file, TunedIndex tuned) throws IOException {
        if (!comparable(index)) {
            return List.of();
        }
        try (StoredIndex stored = StoredIndex.open(file, false)) {
            return LabelSuspects.of(index, stored, tuned.alone().theta(), options.begin("labels"));
        }
    }

    private static boolean comparable(CacheIndex index) {
        return KeyOverlap.areComparable(index.size(), index.format().keyDim());
    }

    private static String uncompared(CacheIndex index) {
        return " The labels of the " + Format.count(index.size(), "key")
                + " were not compared with each other, because that takes minutes.";
    }

    private static Decision.Neighbor picture(LabelSuspects.Suspect key, CacheIndex index) {
        return new Decision.Neighbor(
                index.thumbnail(key.id()).orElse(null),
                key.name(),
                key.others() + ", labelled " + key.label(),
                key.probability());
    }

    private List<String> warnings(
            @Nullable TrialPictures pictures, List<Copies.Pair> copies, @Nullable Input input, ClassMatch classes) {
        List<String> warnings = new ArrayList<>();
        List<String> problems = pictures == null ? List.of() : pictures.problems();
        problems.stream().limit(WARNED_FILES).forEach(problem -> warnings.add("left out: " + problem));
        if (problems.size() > WARNED_FILES) {
            warnings.add("left out: " + Format.count(problems.size() - WARNED_FILES, "more picture"));
        }
        if (!copies.isEmpty()) {
            long contradicting = copies.stream().filter(Trial::contradict).count();
            warnings.add(
                    Format.count(copies.size(), "example") + (copies.size() == 1 ? " has" : " have") + " the same "
                            + (pictures == null ? "features" : "pixels") + " as "
                            + (copies.size() == 1 ? "another and was" : "others and were") + " left out"
                            + (data.parts().stream().allMatch(TrialData::isFolder) ? "" : ", which the commands do not")
                            + ": "
                            + Copies.listed(copies)
                            + (contradicting == 0
                                    ? ""
                                    : "; " + Format.count(contradicting)
                                            + " of them are in folders of different classes, so one of the two labels is wrong"));
        }
        if (pictures != null && pictures.related() > 0) {
            warnings.add(
                    Format.count(pictures.related(), "picture")
                            + " show the scenes of others in a part before and were left out; the commands take them, so their figures differ");
        }
        if (pictures != null && !pictures.plain().isEmpty()) {
            warnings.add(Format.count(pictures.plain().size(), "picture")
                    + " of one colour, perhaps broken or transparent: "
                    + ClassMatch.shortened(pictures.plain(), WARNED_FILES));
        }
        if (input != null && !input.warning().isEmpty()) {
            warnings.add(input.warning());
        }
        if (classes.relation().equals(ClassMatch.PERMUTED)) {
            warnings.add(
                    "the order of the classes looks wrong; it was corrected for this trial, and --outputs does so in the"
                            + " commands: " + classes.sentence());
        }
        if (!classes.doubtful().isEmpty() && !classes.isDoubtful()) { // else the verdict begins with it
            warnings.add(classes.doubt()
                    + " outputs.txt has those that were taken: correct it where it is wrong, and run commands.sh");
        }
        return warnings;
    }

    /** Returns whether pictures that are equal are in folders of different classes. */
    private static boolean contradict(Copies.Pair pair) {
        int end = pair.copy().indexOf('/');
        return end > 0 && !pair.original().startsWith(pair.copy().substring(0, end + 1));
    }

    /** Says what is probably wrong and what to type, before a verdict that would mislead; empty if nothing is. */
    private static String doubt(@Nullable Input input) {
        return input == null || input.warning().isEmpty()
                ? ""
                : "The preprocessing is probably wrong: leave --preprocess out, or give --preprocess "
                        + input.tried().get(0).typed() + ", and try again.";
    }

    /** Returns the commands that make, tune and test the same index, and those that use it, one a line. */
    private List<String> commands(
            Cost form,
            @Nullable TrialPictures pictures,
            @Nullable Input input,
            ClassMatch classes,
            @Nullable Layers layers,
            boolean memoryAlone)
            throws IOException {
        Path network = options.network();
        String model = network == null ? "" : " --model " + ShellWord.of(network.toString());
        String skip = pictures == null || pictures.problems().isEmpty() ? "" : " --skip-broken";
        String file = ShellWord.of(options.file(INDEX).toString());
        StringBuilder build = new StringBuilder("afterimage build" + model);
        if (layers != null && input != null) {
            build.append(" --layers ").append(ShellWord.of(layers.chosen()));
            build.append(input.chosen().isEmpty() ? "" : " --preprocess " + ShellWord.of(input.chosen()));
            build.append(writeOutputs(classes));
            build.append(memoryAlone ? " --memory-alone" : "");
            build.append(" --thumbnails");
        }
        build.append(" --data ").append(ShellWord.of(data.memory())).append(skip);
        build.append(form.reduction() == null ? "" : " --reduce " + form.reduction() + " --sample " + KeyChoice.SAMPLE);
        build.append(" --dtype ").append(form.type()).append(" --out ").append(file);
        String use = " --index " + file + model;
        List<String> lines = new ArrayList<>(List.of(
                build.toString(),
                "afterimage tune" + use + " --data " + ShellWord.of(data.tuning()) + skip + " --save",
                "afterimage evaluate" + use + " --data " + ShellWord.of(data.test()) + skip));
        if (network != null) {
            lines.add("afterimage predict" + use + " PICTURE");
            lines.add("afterimage serve" + use);
        }
        return lines;
    }

    /**
     * Writes the network's outputs, one a line, where the pictures may have only some of them or another order, and returns the
     * option that names the file.
     */
    private String writeOutputs(ClassMatch classes) throws IOException {
        if (classes.matches().isEmpty()) {
            return "";
        }
        Path file = options.file(OUTPUTS);
        OutputFile.write(
                file, classes.outputs().stream().map(output -> output + "\n").collect(Collectors.joining()));
        return " --outputs " + ShellWord.of(file.toString());
    }
}
