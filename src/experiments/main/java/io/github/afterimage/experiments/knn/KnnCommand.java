package io.github.afterimage.experiments.knn;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.experiments.LabelCheck;
import io.github.afterimage.experiments.SharedExamples;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.Stages;
import io.github.afterimage.experiments.options.EngineOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "knn",
        header = "Measure features by weighted k-nearest-neighbour classification.",
        description = {
            "",
            "This is how networks that were trained without labels are compared, as in DINO's eval_knn.py: each test example "
                    + "gets the votes of the k training examples with the greatest cosine, each with the weight "
                    + "exp(cosine / temperature). Prints the share of test examples whose class is the first (top-1) and among "
                    + "the first five (top-5; top-k with k below five), with 95 % intervals, for every k and temperature, from "
                    + "one pass.",
            "",
            "Equal cosines count in the order of the training examples. Classes of equal weight, such as those without a "
                    + "vote, come in the order of their numbers, as in PyTorch's stable sort."
        },
        footer = {
            "  afterimage measure knn --train features:train.npz --test features:test.npz --k 10,20,100,200",
            "  afterimage measure knn --model dino.onnx --layers embedding --preprocess imagenet \\",
            "      --train images:train --test images:val --dtype f16 --temperature 0.04,0.07,0.1"
        })
public final class KnnCommand extends Command {
    private static final Columns<NearestAccuracy> COLUMNS = new Columns<NearestAccuracy>()
            .count("k", "k", each -> each.k)
            .number("temperature", "temperature", each -> each.temperature)
            .right("top-1", each -> each.share("top1", each.first))
            .left("95 % interval", each -> each.interval("top1Interval", each.first))
            .right("top-5", each -> each.share("top5", each.amongFive))
            .left("95 % interval", each -> each.interval("top5Interval", each.amongFive));

    @Mixin
    private TrainAndTestOptions data;

    @Option(
            names = "--k",
            split = ",",
            paramLabel = "N",
            description = "Numbers of neighbours, separated by commas; 10,20,100,200 by default.")
    private Set<Integer> ks = new LinkedHashSet<>(List.of(10, 20, 100, 200));

    @Option(
            names = "--temperature",
            split = ",",
            paramLabel = "T",
            description = "Temperatures, separated by commas; 0.07 by default.")
    private Set<Double> temperatures = Set.of(0.07);

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type of the training features in memory: f32 (by default), f16, bf16 or i8.")
    private String type = ElementType.FLOAT32.shortName();

    @Mixin
    private EngineOptions machine;

    @Override
    protected void execute(Report report) throws IOException {
        ElementType chosen = ElementType.named(type);
        checkLists();
        machine.apply();
        try (TrainAndTestOptions.Opened opened = data.open(machine.threads())) {
            Examples train = opened.train();
            Failure.naming(data.train, () -> LabelCheck.requireLabels(train));
            Failure.naming(data.test, () -> LabelCheck.requireLabels(opened.test()));
            int classes = Math.max(train.classes(), opened.test().classes());
            KnnMemory memory =
                    new KnnMemory(train.size(), train.dim(), chosen, classes, machine.threads(), greatestK(), points());
            announce(memory.sentence());
            if (memory.bytes() > MemoryUse.free()) {
                throw new NotEnoughMemoryException(
                        MemoryKind.HOST,
                        memory.sentence() + ", but only " + Format.bytes(MemoryUse.free())
                                + " are free: choose a smaller --dtype or fewer --threads, or raise -D"
                                + MemoryUse.LIMIT);
            }
            try (CacheIndex index = new CacheIndexBuilder(train.dim(), classes)
                    .type(chosen)
                    .engine(machine.engine())
                    .threads(machine.threads())
                    .expectedKeys(train.size())
                    .build()) {
                evaluate(report, index, opened, memory);
            }
        }
    }

    private void evaluate(Report report, CacheIndex index, TrainAndTestOptions.Opened opened, KnnMemory memory)
            throws IOException {
        SharedExamples train = new SharedExamples(opened.train());
        SharedExamples.Others test = train.others(opened.test());
        PassTime adding =
                step("reading", data.train, progress -> IndexFiller.fill(index, plain(train.examples()), progress));
        int[] counts = ks.stream()
                .mapToInt(k -> (int) Math.min(k, index.size()))
                .distinct()
                .toArray();
        double[] thetas = temperatures.stream().mapToDouble(t -> 1 / t).toArray();
        List<NearestAccuracy> found = new ArrayList<>();
        IntStream.of(counts)
                .forEach(k -> temperatures.forEach(temperature -> found.add(new NearestAccuracy(k, temperature))));
        LabelCheck labels = Failure.naming(data.test, () -> LabelCheck.of(index, plain(opened.test())));
        PassTime time = step("classifying", data.test, progress -> Evaluation.ofNearest(index, counts, plain(test))
                .run(thetas, new double[1], progress, (batch, answers) -> {
                    for (int i = 0; i < found.size(); i++) {
                        found.get(i).add(answers.nearest(i / thetas.length).at(i % thetas.length), batch.labels());
                    }
                }));
        report(report, index, found, adding, time, memory, opened.test().size());
        if (greatestK() > index.size()) {
            report.line("").line("A k above %s, the number of keys, means all keys.", Format.count(index.size()));
        }
        String itself = "they find themselves, so the accuracy is too good; use examples that are not in --train";
        Stream.of(labels.warning(), test.warning("--test " + data.test, "--train " + data.train, itself))
                .filter(Objects::nonNull)
                .forEach(report::warning);
    }

    /**
     * @param adding time of reading the training examples and adding them as keys
     * @param time time of the pass over the test examples
     */
    private void report(
            Report report,
            CacheIndex index,
            List<NearestAccuracy> found,
            PassTime adding,
            PassTime time,
            KnnMemory memory,
            long queries) {
        String read = data.areFeatures() ? "read" : "network";
        Stages stages = new Stages()
                .add("train: " + read, "trainReadSeconds", adding.networkSeconds(), "")
                .add("train: add keys", "addSeconds", adding.cacheSeconds(), index.size(), "keys")
                .add("test: " + read, "testReadSeconds", time.networkSeconds(), "")
                .add("test: neighbours", "querySeconds", time.cacheSeconds(), queries, "queries", "queriesPerSecond")
                .field("keyBytes", memory.keyBytes())
                .field("batchBytes", memory.batchBytes())
                .memory();
        report.line(
                        "%s of %s among %s",
                        Text.count("examples", queries, "example"),
                        Text.value("test", data.test),
                        Text.value("train", data.train))
                .line(
                        "%s; engine %s",
                        IndexText.keys(index),
                        Text.value("engine", index.engine().name()))
                .list("results", COLUMNS.table(found))
                .table(stages.table());
    }

    /** Leaves out names, which would take memory, and the network's answers, which may be of other classes. */
    private static Examples plain(Examples examples) {
        return new ExamplesView(examples) {
            @Override
            public String name(int example) {
                return "";
            }

            @Override
            public boolean hasProbabilities() {
                return false;
            }
        };
    }

    private int greatestK() {
        return ks.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    private int points() {
        return ks.size() * temperatures.size();
    }

    private void checkLists() {
        for (int k : ks) {
            refuse(k < 1, "--k " + k + ": expected a positive number of neighbours");
        }
        for (double temperature : temperatures) {
            refuse(
                    !(temperature > 0 && Double.isFinite(temperature)),
                    "--temperature " + temperature + ": expected a positive number, such as 0.07");
        }
    }

    /**
     * The memory that {@code measure knn} needs, known before it reads the data.
     *
     * @param keys number of training examples
     * @param k greatest number of neighbours
     * @param points number of pairs of k and temperature
     */
    private record KnnMemory(long keys, int dim, ElementType type, int classes, int threads, int k, int points) {
        /** Id, label, and what removing a key would take. */
        private static final int BYTES_BESIDE_A_KEY = 2 * Long.BYTES + Integer.BYTES;

        /** A score and a row. */
        private static final int BYTES_OF_A_NEIGHBOUR = Float.BYTES + Long.BYTES;

        long keyBytes() {
            int scale = type.scaled() ? Float.BYTES : 0;
            return keys * ((long) dim * type.bytes() + BYTES_BESIDE_A_KEY + scale);
        }

        /** The features of a batch, as they are read and of unit norm, its neighbours on each thread, and its answers. */
        long batchBytes() {
            long batch = Evaluation.nearestBatch(points, 1, classes);
            long features = 2L * dim * Float.BYTES;
            long neighbours = Math.min(k, keys) * (threads + 1L) * BYTES_OF_A_NEIGHBOUR;
            return batch * (features + neighbours + (long) points * classes * Float.BYTES);
        }

        long bytes() {
            return keyBytes() + batchBytes();
        }

        String sentence() {
            return Format.keys(keys, dim, type) + ", need " + Format.bytes(keyBytes())
                    + " of memory, and a batch of queries " + Format.bytes(batchBytes());
        }
    }

    /**
     * Counts the right answers of weighted k-nearest-neighbour classification for one k and one temperature, as the evaluation of
     * self-supervised networks does: a label is in the top five if at most four classes come before it, where classes of equal
     * weight, such as those without a neighbour, come in the order of their numbers. With k below five, it is the top k.
     */
    private static final class NearestAccuracy {
        private static final int FIVE = 5;

        private final int k;
        private final double temperature; // the weight of a neighbour is exp(similarity / temperature)
        private long examples;
        private long first;
        private long amongFive;

        NearestAccuracy(int k, double temperature) {
            this.k = k;
            this.temperature = temperature;
        }

        /** Counts the answers to a batch. */
        void add(Answer answers, int[] labels) {
            for (int row = 0; row < labels.length; row++) {
                int place = answers.row(row).place(labels[row]);
                first += place == 0 ? 1 : 0;
                amongFive += place < Math.min(FIVE, k) ? 1 : 0;
            }
            examples += labels.length;
        }

        /** The share of examples with the right answer. */
        Text share(String name, long right) {
            return Text.percent(name, (double) right / examples);
        }

        /** Its 95 % interval. */
        Text interval(String name, long right) {
            return Text.interval(name, Interval.clopperPearson(right, examples, Gain.CONFIDENCE));
        }
    }

    /** Labelled examples whose features become keys, others that are classified, and the network of images. */
    private static final class TrainAndTestOptions {
        @Option(
                names = "--train",
                required = true,
                paramLabel = "DATA",
                description =
                        "The examples whose labels are known: data that \"build\" takes, such as features:train.npz, images:DIR"
                                + " or cifar10:PATH#train.")
        private String train;

        @Option(
                names = "--test",
                required = true,
                paramLabel = "DATA",
                description = "The examples to classify, of the same kind and the same classes.")
        private String test;

        @Mixin
        private ModelOption model;

        @Mixin
        private KeyLayersOption layers;

        @Mixin
        private PreprocessingOptions preprocessing;

        /** Both sets of examples; closing them closes their files or their network. */
        record Opened(Examples train, Examples test, Resources owner) implements AutoCloseable {
            @Override
            public void close() {
                owner.close();
            }
        }

        boolean areFeatures() {
            return FeatureSet.accepts(train);
        }

        /** Opens both. */
        Opened open(int threads) throws IOException {
            refuse(
                    FeatureSet.accepts(test) != areFeatures(),
                    "--train " + train + " and --test " + test + ": expected features: of both, or images of both");
            refuse(
                    areFeatures() && (model.given() || preprocessing.given() || layers.given()),
                    "--model, --layers, --preprocess and --output are for images: leave them"
                            + " out with features:, which are the output of a network");
            Resources owner = new Resources();
            return Resources.guarded(owner, () -> {
                Opened opened = areFeatures() ? openFeatures(owner) : openImages(threads, owner);
                int dim = opened.train.dim();
                refuse(
                        opened.test.dim() != dim,
                        "--test " + test + " has " + opened.test.dim() + " features in a row: expected the " + dim
                                + " of --train " + train);
                return opened;
            });
        }

        private Opened openFeatures(Resources owner) throws IOException {
            Examples keys = Examples.of(owner.add(FeatureSet.open(train)));
            return new Opened(keys, Examples.of(owner.add(FeatureSet.open(test))), owner);
        }

        private Opened openImages(int threads, Resources owner) throws IOException {
            ImageSet keys = ImageSets.open(train);
            ImageSet queries = ImageSets.open(test)
                    .withClasses(keys.classNames(), keys.classNames().size());
            Network network = owner.add(Network.open(
                    model.require("images need a network"),
                    layers.require(false).terms(),
                    preprocessing.settings(threads)));
            return new Opened(
                    Examples.withoutProbabilities(network, keys),
                    Examples.withoutProbabilities(network, queries),
                    owner);
        }
    }
}
