package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.images.ChangedImages;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenImages;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.CoverageWatch;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Measures the worth of a memory when images change after the training. A memory of clean images is made and tuned. Then test
 * images arrive corrupted: some with labels, which become keys, and the others to be reported on. A {@link Division} holds them
 * apart. Parts of the experiment and all features are kept in the work folder.
 *
 * @param strengths of each corruption, 1 to {@link Corruption#STRENGTHS}, ascending
 * @param received numbers of labelled images of each class that the memory receives, positive and ascending
 * @param reported the number of test images to report on; at most half of them
 * @param phase the number of images of each phase of the mixed stream; 0 for no such stream
 */
record ShiftExperiment(
        KeyLayers layers,
        List<Corruption> corruptions,
        List<Integer> strengths,
        List<Integer> received,
        int reported,
        int phase,
        Protocol protocol,
        WorkFolder work) {
    private static final String CLEAN = "clean";

    /** A memory of bounded size keeps one in so many of the clean keys. */
    private static final int BOUND = 10;

    /** An image and its corrupted versions, the weakest first. */
    record Versions(Corruption corruption, List<Image> images) {}

    /** Returns a reported image for each corruption, clean and at each strength. */
    List<Versions> pictures(ExampleSource source) throws IOException {
        try (OpenImages opened = source.openImages(layers.terms())) {
            int[] reported = division(opened).reported();
            List<Versions> all = new ArrayList<>();
            for (Corruption corruption : corruptions) {
                int shown = reported[all.size() % reported.length];
                List<Image> images = new ArrayList<>(List.of(opened.test().image(shown)));
                for (int strength : strengths) {
                    images.add(corrupted(opened.test(), corruption, strength).image(shown));
                }
                all.add(new Versions(corruption, images));
            }
            return all;
        }
    }

    /** Returns the number of images that the network has to classify if nothing is in the work folder. */
    long images(ExampleSource source) throws IOException {
        try (OpenImages opened = source.openImages(layers.terms())) {
            Division division = division(opened);
            long versions = (long) corruptions.size() * strengths.size();
            long arrived = division.received(most(), opened.test()::label).length;
            return source.trainingSize()
                    + division.reported().length
                    + versions * (arrived + division.reported().length)
                    + (long) phases().size() * phaseSize(division);
        }
    }

    /** Computes the parts that the work folder lacks. */
    ShiftResult run(ExampleSource source, Progress progress) throws IOException {
        try (OpenImages opened = source.openImages(layers.terms())) {
            Map<String, Object> settings = new LinkedHashMap<>(source.identity());
            settings.put("layers", layers.toString());
            settings.put("recipe", protocol.recipe().text());
            protocol.putRule(settings);
            CleanMemory memory = CleanMemory.in(work, settings, opened.examples(), protocol, progress);
            try (CacheIndex index = memory.open(Capacity.keepAll())) {
                return new Run(opened, settings, memory, index, progress).result();
            }
        }
    }

    /** Returns the number of labelled images of each class that are received in the end. */
    private int most() {
        return received.get(received.size() - 1);
    }

    /** Returns the strength in the middle, for what is measured at one strength only. */
    int middle() {
        return strengths.get(strengths.size() / 2);
    }

    long seed() {
        return protocol.rule().seed();
    }

    private Division division(OpenImages opened) {
        int[] rows = opened.examples().split(protocol.rule()).testRows();
        return Division.of(rows, reported, seed());
    }

    private int phaseSize(Division division) {
        return Math.min(phase, division.stream().length / phases().size());
    }

    /** The kinds of images of the mixed stream. */
    private List<@Nullable Corruption> phases() {
        List<@Nullable Corruption> phases = new ArrayList<>(corruptions);
        phases.add(0, null);
        phases.add(null);
        return phases;
    }

    private ImageSet corrupted(ImageSet images, Corruption corruption, int strength) {
        return ChangedImages.of(
                images,
                "with " + corruption.name() + " " + strength,
                seed(), // the same random numbers at each strength
                (image, random) -> corruption.apply(image, strength, random));
    }

    /** A run with everything open. */
    private final class Run {
        private final OpenImages opened;
        private final Map<String, Object> settings;
        private final CleanMemory memory;
        private final CacheIndex keys;
        private final Progress progress;
        private final Division division;
        private final int[] arrived;
        private final KeptFeatures features;
        private final Readouts readouts;

        Run(OpenImages opened, Map<String, Object> before, CleanMemory memory, CacheIndex index, Progress progress) {
            this.opened = opened;
            this.memory = memory;
            this.progress = progress;
            keys = index.withoutReduction();
            division = division(opened);
            arrived = division.received(most(), opened.test()::label);
            features = new KeptFeatures(work, before, index, progress);
            settings = new LinkedHashMap<>(before);
            protocol.putGrid(settings);
            settings.put("watched", ShiftErrors.Measurement.WATCHED);
            settings.put("reported", division.reported().length);
            settings.put("received", received.toString());
            readouts = new Readouts(memory, keys, protocol.recipe().threads(), progress);
        }

        ShiftResult result() throws IOException {
            Map<String, Object> all = new LinkedHashMap<>(settings);
            List<ShiftErrors> shifts = new ArrayList<>();
            for (Corruption corruption : corruptions) {
                for (int strength : strengths) {
                    all.put("corruption", corruption.at(strength));
                    all.put("readoutOfAll", strength == middle());
                    shifts.add(work.part(
                            "shift-answers-" + version(corruption, strength),
                            all,
                            ShiftErrors.class,
                            () -> measure(corruption, strength)));
                }
            }
            int images = phaseSize(division);
            return new ShiftResult(
                    corruptions,
                    memory.tuned(),
                    division.reported().length,
                    CoverageWatch.of(memory.sets(keys)).seen().promised(),
                    shifts,
                    images == 0 ? null : stream(images));
        }

        private ShiftErrors measure(Corruption corruption, int strength) throws IOException {
            int[] rows = IntStream.concat(Arrays.stream(arrived), Arrays.stream(division.reported()))
                    .toArray();
            Examples images = examples(corrupted(opened.test(), corruption, strength), rows);
            String description = corruption.at(strength) + ", " + arrived.length + " received and "
                    + division.reported().length + " reported";
            try (FeatureSet file = features.open(version(corruption, strength), description, images);
                    FeatureSet clean = clean()) {
                Examples all = Examples.of(file);
                return new ShiftErrors.Measurement(
                                memory, keys, ShiftExperiment.this, Examples.of(clean), readouts, progress)
                        .measure(
                                corruption,
                                strength,
                                all.select(IntStream.range(0, arrived.length).toArray()),
                                all.select(IntStream.range(arrived.length, rows.length)
                                        .toArray()));
            }
        }

        private FeatureSet clean() throws IOException {
            return features.open(
                    CLEAN, division.reported().length + " reported", examples(opened.test(), division.reported()));
        }

        private Examples examples(ImageSet images, int[] rows) {
            return Examples.of(opened.network(), images.select(rows));
        }

        private StreamErrors stream(int images) throws IOException {
            Map<String, Object> all = new LinkedHashMap<>(settings);
            all.put("phases", names().toString());
            all.put("phase", images);
            all.put("strength", middle());
            return work.part("shift-stream", all, StreamErrors.class, () -> {
                List<FeatureSet> files = new ArrayList<>();
                try {
                    for (Corruption corruption : phases()) {
                        files.add(openPhase(files.size(), images, corruption));
                    }
                    files.add(clean());
                    return stream(images, files.stream().map(Examples::of).toList());
                } finally {
                    for (FeatureSet file : files) {
                        file.close();
                    }
                }
            });
        }

        private FeatureSet openPhase(int number, int images, @Nullable Corruption corruption) throws IOException {
            return features.open(
                    "stream-" + (number + 1),
                    (corruption == null ? CLEAN : corruption.at(middle())) + ", " + images + " of the stream without "
                            + division.reported().length,
                    examples(
                            corruption == null ? opened.test() : corrupted(opened.test(), corruption, middle()),
                            division.phase(number, images)));
        }

        /** @param examples those of each phase, and the clean reported ones */
        private StreamErrors stream(int images, List<Examples> examples) throws IOException {
            int last = examples.size() - 1;
            MixedStream stream = new MixedStream(memory, examples.subList(0, last), examples.get(last), progress);
            long bound = Math.max(1, memory.tuned().keys() / BOUND);
            long ofEach = Math.max(1, bound / keys.classes());
            return new StreamErrors(
                    names(),
                    images,
                    middle(),
                    MixedStream.EVERY,
                    stream.network(),
                    List.of(
                            stream.run("clean memory", Capacity.keepAll(), false, protocol),
                            stream.run("all kept", Capacity.keepAll(), true, protocol),
                            stream.run("last " + bound, Capacity.lastKeys(bound), true, protocol),
                            stream.run(
                                    "last " + ofEach + " a class", Capacity.lastKeysPerClass(ofEach), true, protocol)));
        }

        private List<String> names() {
            return phases().stream()
                    .map(corruption -> corruption == null ? CLEAN : corruption.name())
                    .toList();
        }

        private static String version(Corruption corruption, int strength) {
            return corruption.name() + "-" + strength;
        }
    }
}
