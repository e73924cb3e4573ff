package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.trial.TrialData.Pictures;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The steps that need the network: it runs on samples of the pictures, and then once on each. */
final class ImageTrial {
    private static final int LEAST_SAMPLE = 200;
    private static final int MOST_SAMPLE = 500;
    private static final int SAMPLE_PER_CLASS = 4;
    private static final int MATCHED_PER_CLASS = 20;
    private static final int MOST_MATCHED = 2000;

    private final TrialOptions options;
    private final Path file;
    private final Pictures pictures;
    private final Map<String, Object> identity;
    private final WorkFolder work;
    private final TrialProgress progress;

    /** @param data describes the data */
    ImageTrial(
            TrialOptions options,
            Path file,
            Pictures pictures,
            Map<String, Object> data,
            WorkFolder work,
            TrialProgress progress)
            throws IOException {
        this.options = options;
        this.file = file;
        this.pictures = pictures;
        this.work = work;
        this.progress = progress;
        identity = new LinkedHashMap<>(data);
        identity.put("network", Network.sha256(file));
        identity.put("output", options.settings().output().orElse(""));
    }

    /** Finds the preparation of the pictures. */
    PreparationTrial.Found preparation() throws IOException {
        ImageSet sample = sample(SAMPLE_PER_CLASS, MOST_SAMPLE);
        Map<String, Object> settings = new LinkedHashMap<>(identity);
        settings.put("forced", String.valueOf(options.preprocessing()));
        settings.put("sample", sample.size());
        return work.part("preparation", settings, PreparationTrial.Found.class, () -> {
            Progress shown = progress.begin("preparing");
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
                memory.size(), memory::label, Math.max(1, Math.min(count, most / classes())), options.seed()));
    }

    /** Finds which of the network's classes are those of the pictures. */
    Classes matched(String steps) throws IOException {
        ImageSet sample = sample(MATCHED_PER_CLASS, MOST_MATCHED);
        Map<String, Object> settings = new LinkedHashMap<>(identity);
        settings.put("preprocessing", steps);
        settings.put("sample", sample.size());
        return work.part("classes", settings, Classes.class, () -> {
            try (Network opened = Network.open(file, List.of(), prepared(steps))) {
                NetworkAnswers answers = NetworkAnswers.of(opened, sample, progress.begin("matching"));
                return new ClassMatch(
                                answers,
                                pictures.classNames(),
                                pictures.memory().hasClassNames())
                        .find();
            }
        });
    }

    private NetworkSettings prepared(String steps) {
        return options.settings().withPreprocessing(Preprocessing.parse(steps));
    }

    /** Settles the preparation and the classes. */
    TrialNetwork network(String steps, Classes classes) {
        List<Integer> outputs =
                classes.matches().stream().map(TrialResult.Match::output).toList();
        return new TrialNetwork(
                file,
                String.valueOf(identity.get("network")),
                prepared(steps).withClasses(outputs),
                classes.relation().equals(ClassMatch.OTHER));
    }

    Layers layers(TrialNetwork network) throws IOException {
        return options.layers().isEmpty()
                ? new LayerChoice(network, options, work)
                        .search(identity, pictures.memory(), pictures.tuning(), progress.begin("layers"))
                : LayerChoice.given(options.layers());
    }

    /** The time that a pass took. */
    record Pass(double seconds, int pictures) {}

    /** Runs the network on every picture that the work folder lacks. */
    TrialExamples examples(TrialNetwork network, Layers layers, Map<String, String> attributes) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(identity);
        settings.putAll(network.identity());
        settings.put("layers", layers.chosen());
        Network opened = network.open(KeyLayers.parse(layers.chosen()).terms());
        try {
            Part memory = new Part(opened, network, pictures.memory(), work.file("memory", settings, ".rows"));
            Part tuning = new Part(opened, network, pictures.tuning(), work.file("tuning", settings, ".rows"));
            Part test = new Part(opened, network, pictures.test(), work.file("test", settings, ".rows"));
            Pass pass = work.part("pass", settings, Pass.class, () -> {
                long start = System.nanoTime();
                int missing = memory.missing() + tuning.missing() + test.missing();
                memory.kept(progress.begin("network, memory"));
                tuning.kept(progress.begin("network, tuning"));
                test.kept(progress.begin("network, test"));
                return new Pass((System.nanoTime() - start) / 1e9, missing);
            });
            attributes.putAll(KeySource.of(opened, network.memoryAlone()).toAttributes());
            Progress again = progress.begin("reading"); // nothing to do, unless a file was deleted
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
