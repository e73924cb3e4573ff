package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.trial.TrialData.Pictures;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The steps that need the network: it runs on samples of the pictures, and then once on each. */
final class ImageTrial {
    private static final int LEAST_SAMPLE = 200;
    private static final int MOST_SAMPLE = 500;
    private static final int SAMPLE_PER_CLASS = 4;
    private static final int MATCHED_PER_CLASS = 20;
    private static final int MOST_MATCHED = 2000;
    private static final int WARNED_FILES = 5;

    private final TrialRun run;
    private final TrialData data;
    private final Path file;
    private final Pictures pictures;
    private final Map<String, Object> identity;

    /** @param identity describes the data */
    ImageTrial(TrialRun run, TrialData data, Map<String, Object> identity) throws IOException {
        Path network = run.options().network();
        if (network == null) {
            throw new IllegalArgumentException(data.memory()
                    + " holds pictures: name the network, as in \"afterimage try net.onnx --data images:DIR\"");
        }
        this.run = run;
        this.data = data;
        this.file = network;
        this.pictures = data.pictures(run.begin("reading"));
        this.identity = new LinkedHashMap<>(identity);
        this.identity.put("network", Network.sha256(file));
        this.identity.put("output", run.options().settings().output().orElse(""));
    }

    /** Does all of them. */
    TrialSetup setup() throws IOException {
        PreparationTrial.Found preparation = preparation();
        String steps = preparation.input().chosen();
        Classes classes = matched(steps);
        TrialNetwork network = network(steps, classes);
        Layers layers = run.options().layers().isEmpty()
                ? new LayerChoice(network, run).search(identity, pictures.memory(), pictures.tuning())
                : LayerChoice.given(run.options().layers());
        Map<String, String> attributes = new LinkedHashMap<>();
        TrialExamples examples = examples(network, layers, attributes);
        attributes.put("data", data.memory());
        return new TrialSetup(
                data,
                examples,
                pictures,
                preparation.input(),
                classes,
                layers,
                attributes,
                warnings(preparation, classes),
                doubt(preparation));
    }

    private List<String> warnings(PreparationTrial.Found preparation, Classes classes) {
        List<String> warnings = new ArrayList<>();
        List<String> problems = pictures.problems();
        problems.stream().limit(WARNED_FILES).forEach(problem -> warnings.add("left out: " + problem));
        if (problems.size() > WARNED_FILES) {
            warnings.add("left out: " + (problems.size() - WARNED_FILES) + " more pictures");
        }
        if (!preparation.warning().isEmpty()) {
            warnings.add(preparation.warning());
        }
        if (classes.relation().equals(ClassMatch.PERMUTED)) {
            warnings.add(
                    "the order of the classes looks wrong; it was corrected for this trial, and --outputs does so in the"
                            + " commands: " + classes.sentence());
        }
        List<String> doubtful = classes.matches().stream()
                .filter(TrialResult.Match::doubtful)
                .map(match -> String.format(
                        Locale.ROOT,
                        "\"%s\" (%d was taken, its answer to %.0f %%)",
                        match.name(),
                        match.output(),
                        100 * match.share()))
                .toList();
        if (!doubtful.isEmpty()) {
            warnings.add("the network's answers do not tell which of its classes is " + ClassMatch.shortened(doubtful)
                    + "; outputs.txt has those that were taken: correct it where it is wrong, and run commands.sh");
        }
        return warnings;
    }

    /** Says what is probably wrong and what to type, before a verdict that would mislead; empty if nothing is. */
    private static String doubt(PreparationTrial.Found preparation) {
        return preparation.warning().isEmpty()
                ? ""
                : "The preprocessing is probably wrong: leave --preprocess out, or give --preprocess "
                        + preparation.input().tried().get(0).typed() + ", and try again.";
    }

    private PreparationTrial.Found preparation() throws IOException {
        TrialOptions options = run.options();
        ImageSet sample = sample(SAMPLE_PER_CLASS, MOST_SAMPLE);
        Map<String, Object> settings = new LinkedHashMap<>(identity);
        settings.put("forced", String.valueOf(options.preprocessing()));
        settings.put("sample", sample.size());
        settings.put("seed", run.seed());
        return run.work().part("preparation", settings, PreparationTrial.Found.class, () -> {
            Progress shown = run.begin("preparing");
            return new PreparationTrial(file, options.settings(), options.preprocessing()).run(sample, shown);
        });
    }

    private int classes() {
        return pictures.classNames().size();
    }

    /** Draws pictures of each class: at least so many, and more where there are few classes, but not more than {@code most}. */
    private ImageSet sample(int perClass, int most) {
        ImageSet memory = pictures.memory();
        int count = Math.max(perClass, LEAST_SAMPLE / classes());
        return memory.select(BalancedSample.atMost(
                memory.size(), memory::label, Math.max(1, Math.min(count, most / classes())), run.seed()));
    }

    /** Finds which of the network's classes are those of the pictures. */
    private Classes matched(String steps) throws IOException {
        ImageSet sample = sample(MATCHED_PER_CLASS, MOST_MATCHED);
        Map<String, Object> settings = new LinkedHashMap<>(identity);
        settings.put("preprocessing", steps);
        settings.put("sample", sample.size());
        settings.put("seed", run.seed());
        return run.work().part("classes", settings, Classes.class, () -> {
            try (Network opened = Network.open(file, List.of(), prepared(steps))) {
                NetworkAnswers answers = NetworkAnswers.of(opened, sample, run.begin("matching"));
                return new ClassMatch(
                                answers,
                                pictures.classNames(),
                                pictures.memory().hasClassNames())
                        .find();
            }
        });
    }

    private NetworkSettings prepared(String steps) {
        return run.options().settings().withPreprocessing(Preprocessing.parse(steps));
    }

    /** Settles the preparation and the classes. */
    private TrialNetwork network(String steps, Classes classes) {
        List<Integer> outputs =
                classes.matches().stream().map(TrialResult.Match::output).toList();
        return new TrialNetwork(
                file,
                String.valueOf(identity.get("network")),
                prepared(steps).withClasses(outputs),
                classes.relation().equals(ClassMatch.OTHER));
    }

    /** The time that a pass took. */
    record Pass(double seconds, int pictures) {}

    /** Runs the network on every picture that the work folder lacks. */
    private TrialExamples examples(TrialNetwork network, Layers layers, Map<String, String> attributes)
            throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(identity);
        settings.putAll(network.identity());
        settings.put("layers", layers.chosen());
        Network opened = network.open(KeyLayers.parse(layers.chosen()).terms());
        try {
            Part memory =
                    new Part(opened, network, pictures.memory(), run.work().file("memory", settings, ".rows"));
            Part tuning =
                    new Part(opened, network, pictures.tuning(), run.work().file("tuning", settings, ".rows"));
            Part test = new Part(opened, network, pictures.test(), run.work().file("test", settings, ".rows"));
            Pass pass = run.work().part("pass", settings, Pass.class, () -> {
                Stopwatch watch = Stopwatch.started();
                int missing = memory.missing() + tuning.missing() + test.missing();
                memory.kept(run.begin("network, memory"));
                tuning.kept(run.begin("network, tuning"));
                test.kept(run.begin("network, test"));
                return new Pass(watch.seconds(), missing);
            });
            attributes.putAll(KeySource.of(opened, network.memoryAlone()).toAttributes());
            Progress again = run.begin("reading"); // nothing to do, unless a file was deleted
            return new TrialExamples(
                    settings,
                    memory.kept(again),
                    tuning.kept(again),
                    test.kept(again),
                    pictures.classNames(),
                    1000 * pass.seconds() / Math.max(1, pass.pictures()),
                    opened::close);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private record Part(Network opened, TrialNetwork network, ImageSet images, Path file) {
        Examples examples() {
            return network.examples(opened, images);
        }

        int missing() throws IOException {
            return images.size() - KeptExamples.count(examples(), file);
        }

        KeptExamples kept(Progress progress) throws IOException {
            return KeptExamples.of(examples(), file, progress);
        }
    }
}
