package io.github.afterimage.experiments.shift;

import static io.github.afterimage.experiments.shift.ShiftErrors.ALONE;
import static io.github.afterimage.experiments.shift.ShiftErrors.MEMORY;
import static io.github.afterimage.experiments.shift.ShiftErrors.MIXED;
import static io.github.afterimage.experiments.shift.ShiftErrors.NETWORK;
import static io.github.afterimage.experiments.shift.ShiftErrors.READOUT;
import static io.github.afterimage.experiments.shift.ShiftErrors.READOUT_OF_ALL;
import static io.github.afterimage.experiments.shift.ShiftErrors.SETS;
import static io.github.afterimage.experiments.shift.ShiftErrors.UNCHANGED;
import static io.github.afterimage.experiments.shift.ShiftErrors.WITHOUT_CLEAN;
import static io.github.afterimage.experiments.shift.ShiftErrors.WITHOUT_KEYS;
import static io.github.afterimage.experiments.shift.ShiftErrors.with;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.images.ChangedImages;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenImages;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.experiments.shift.TunedMemory.Memory;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.CoverageWatch;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
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

    /** The number of clean images that a watch sees before images change. */
    static final int WATCHED = 2_000;

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

    /**
     * Counts the labels until a watch calls the promise broken.
     *
     * @param order in which images arrive
     * @param before the number of clean images that it sees first; changed versions of the others follow
     * @param cleanUncovered the clean images whose set lacks their class
     * @return 0 if it never does
     */
    static int flagged(CoverageWatch watch, int[] order, int before, int[] cleanUncovered, int[] uncovered) {
        IntStream.range(0, before).forEach(i -> watch.count(Arrays.binarySearch(cleanUncovered, order[i]) < 0));
        return IntStream.rangeClosed(1, order.length)
                .filter(label -> {
                    watch.count(Arrays.binarySearch(uncovered, order[(before + label - 1) % order.length]) < 0);
                    return watch.seen().broken();
                })
                .findFirst()
                .orElse(0);
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
            settings.put("watched", WATCHED);
            settings.put("names", "clean ones too");
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
            SortedMap<Integer, LearnedKeys> memories = new TreeMap<>();
            try (FeatureSet file = features.open(version(corruption, strength), description, images);
                    FeatureSet clean = clean()) {
                Examples all = Examples.of(file);
                Examples labelled =
                        all.select(IntStream.range(0, arrived.length).toArray());
                int[] labels =
                        IntStream.range(0, labelled.size()).map(labelled::label).toArray();
                for (int perClass : received) {
                    Examples part = labelled.select(Division.first(labels, perClass));
                    memories.put(perClass, LearnedKeys.of(memory, keys, part, protocol));
                }
                Examples changed =
                        all.select(IntStream.range(arrived.length, rows.length).toArray());
                return errors(corruption, strength, memories, changed, Examples.of(clean));
            } finally {
                memories.values().forEach(LearnedKeys::close);
            }
        }

        /**
         * Measures all methods.
         *
         * @param memories by the number of received images of each class
         * @param changed the reported images
         * @param clean the clean versions of these
         */
        private ShiftErrors errors(
                Corruption corruption,
                int strength,
                SortedMap<Integer, LearnedKeys> memories,
                Examples changed,
                Examples clean)
                throws IOException {
            Hyperparameters mixture = memory.tuned().mixture();
            PredictionSets sets = memory.sets(keys);
            double coverage = CoverageWatch.of(sets).seen().promised();
            Map<String, TunedMemory> methods = new TreeMap<>(Map.of(
                    NETWORK, new TunedMemory(Memory.CLEAN, new Hyperparameters(mixture.theta(), 0)),
                    MEMORY, new TunedMemory(Memory.CLEAN, mixture),
                    ALONE, new TunedMemory(Memory.CLEAN, memory.tuned().alone()),
                    SETS,
                            new TunedMemory(
                                    Memory.CLEAN, mixture, mixed -> sets.labels(label -> mixed[label], coverage))));
            memories.forEach((perClass, learned) -> {
                methods.put(with(perClass, MIXED), new TunedMemory(learned, learned.hyperparameters()));
                methods.put(with(perClass, UNCHANGED), new TunedMemory(learned, mixture));
            });
            Map<String, int[]> wrong = new TreeMap<>();
            TunedMemory.wrong(methods, keys, clean, progress)
                    .forEach((method, places) -> wrong.put(ShiftErrors.clean(method), places));
            memories.forEach((perClass, learned) -> {
                methods.put(with(perClass, WITHOUT_KEYS), new TunedMemory(Memory.CLEAN, learned.withoutKeys()));
                methods.put(with(perClass, WITHOUT_CLEAN), learned.withoutClean());
                methods.put(with(perClass, ALONE), new TunedMemory(learned, learned.alone()));
            });
            wrong.putAll(TunedMemory.wrong(methods, keys, changed, progress));
            List<Learned> all = new ArrayList<>();
            for (Map.Entry<Integer, LearnedKeys> each : memories.entrySet()) {
                Readouts.Readout readout = readouts.ofReceived(each.getValue().received());
                String name = with(each.getKey(), READOUT);
                wrong.put(name, readouts.wrong(readout.fitted(), changed));
                wrong.put(ShiftErrors.clean(name), readouts.wrong(readout.fitted(), clean));
                all.add(each.getValue().figures(each.getKey(), readout.seconds()));
            }
            if (strength == middle()) {
                Examples most =
                        Objects.requireNonNull(memories.get(memories.lastKey())).received();
                wrong.put(READOUT_OF_ALL, readouts.wrong(readouts.ofAll(most), changed));
            }
            int[] order =
                    BalancedSample.shuffled(IntStream.range(0, clean.size()).toArray(), seed());
            int before = Math.min(WATCHED, order.length);
            int[] uncovered = Objects.requireNonNull(wrong.get(SETS));
            int[] cleanUncovered = Objects.requireNonNull(wrong.get(ShiftErrors.clean(SETS)));
            return new ShiftErrors(
                    corruption.name(),
                    strength,
                    wrong,
                    flagged(CoverageWatch.of(sets), order, 0, cleanUncovered, uncovered),
                    flagged(CoverageWatch.of(sets), order, before, cleanUncovered, uncovered),
                    all);
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
