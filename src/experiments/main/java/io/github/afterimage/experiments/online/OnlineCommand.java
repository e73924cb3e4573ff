package io.github.afterimage.experiments.online;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.settings.Capacity;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Lets the cache grow while examples arrive (Grave, Joulin and Usunier, 2017; Grave, Cissé and Joulin, 2017): each is predicted,
 * and then joins the cache with its label. θ and λ are tuned before, on another stream of the same kind. λ may grow with the
 * cache: with n keys it is λ n / (n + h), and h is tuned as well.
 */
@picocli.CommandLine.Command(
        name = "online",
        header = "Let the cache grow while examples arrive, predicted first and added after.",
        description = {
            "",
            "The continuous cache of Grave et al. (2017), for images: test examples arrive in random order. Each is predicted "
                    + "with the cache of those before it and then joins the cache with its label. Theta, lambda, and whether "
                    + "lambda grows with the cache, are tuned on a stream of other examples."
        },
        footer = {
            "  afterimage reproduce online --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18"
        })
public final class OnlineCommand extends ExperimentCommand {
    private static final int POINTS = 50;
    private static final int[] HALVES = {0, 500, 2000, 8000};

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--every",
            paramLabel = "N",
            description = "Labels become known, and keys are added, after every N examples; 1 by default.")
    private int every = 1;

    @Option(
            names = "--from-training",
            description = "Begin with the training examples in the cache; it is empty by default.")
    private boolean fromTraining;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "Keep only the N keys that were added last; all by default.")
    private @Nullable Long last;

    @Option(
            names = "--last-per-class",
            paramLabel = "N",
            description = "Keep only the N keys of each class that were added last; all by default.")
    private @Nullable Long lastPerClass;

    @Override
    protected void check(boolean features) {
        refuse(every < 1, "--every " + every + ": expected a positive number");
        capacity();
        layers.require(features);
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        KeyLayers keys = layers.chosen();
        OnlineErrors found = step("stream", progress -> measured(setup, progress));
        int[] network = found.networkErrors();
        int[] mixed = found.mixedErrors();
        int points = found.seen().length;
        int last = points - 1;
        report.line(
                        "%s%s; the cache begins %s and ends with %s",
                        keys(keys), describe(setup, layers.chosen()), begin(), Text.count("keys", found.keys(), "key"))
                .line(
                        "tuned on a stream of %s: theta %s, lambda %s",
                        Text.count("tunedOn", found.tunedOn()),
                        Text.number("theta", found.theta()),
                        Text.figure("lambda", found.lambda(), lambda(found)));
        Table table = new Table("rrr").row("of the stream", "network", "with cache");
        for (int tenth = 1; tenth <= 10; tenth++) {
            int to = points * tenth / 10 - 1;
            int from = points * (tenth - 1) / 10 - 1;
            if (to > from) {
                table.row(
                        tenth * 10 - 9 + " to " + tenth * 10 + " %",
                        Format.percent(found.error(network, from, to)),
                        Format.percent(found.error(mixed, from, to)));
            }
        }
        table.row(
                "all",
                Text.percent("networkError", found.error(network, -1, last)),
                Text.percent("mixedError", found.error(mixed, -1, last)));
        report.table(table)
                .field("half", found.half())
                .field("examples", found.seen()[last])
                .field("seen", found.seen())
                .field("networkErrors", network)
                .field("mixedErrors", mixed);
    }

    /** Computes the parts that the work folder lacks. */
    private OnlineErrors measured(Setup setup, Progress progress) throws IOException {
        Protocol protocol = setup.protocol();
        ReducedFeatures reduced = new ReducedFeatures(setup.source(), layers.chosen(), protocol.recipe());
        Map<String, Object> settings = reduced.settings();
        protocol.putRule(settings);
        settings.put("dtype", protocol.recipe().type().shortName());
        settings.put("every", every);
        settings.put("halves", Arrays.toString(HALVES));
        settings.put("fromTraining", fromTraining);
        if (!capacity().equals(Capacity.keepAll())) {
            settings.put("capacity", capacity().toString());
        }
        protocol.putGrid(settings);
        try (OpenExamples features = reduced.open(setup.work(), progress)) {
            return setup.work()
                    .part("stream", settings, OnlineErrors.class, () -> stream(protocol, features, progress));
        }
    }

    private OnlineErrors stream(Protocol protocol, OpenExamples features, Progress progress) throws IOException {
        Split split = features.split(protocol.rule());
        List<PaperGrid> grids =
                Arrays.stream(HALVES).mapToObj(half -> protocol.grid()).toList();
        pass(
                protocol.recipe(),
                split.keys(),
                ordered(originals(protocol, features, split), protocol),
                protocol.thetas(),
                progress,
                (cache, network, label, keys) -> {
                    for (int i = 0; i < HALVES.length; i++) {
                        grids.get(i).accept(grown(cache, network, keys, HALVES[i]), network, label);
                    }
                });
        PaperGrid grid = grids.stream()
                .min(Comparator.comparingDouble(each -> each.best().error()))
                .orElseThrow();
        int half = HALVES[grids.indexOf(grid)];
        Mixture best = grid.best().mixture();
        Examples test = ordered(split.test(), protocol);
        ErrorCurve curve = new ErrorCurve(test.size());
        long size = pass(
                protocol.recipe(),
                split.keys(),
                test,
                new double[] {best.theta()},
                progress,
                (cache, network, label, keys) -> curve.add(best, grown(cache, network, keys, half)[0], network, label));
        return new OnlineErrors(
                best.theta(), best.lambda(), half, grid.examples(), curve.seen, curve.network, curve.mixed, size);
    }

    /** Mixes the cache with the network: λ of the result is λ n / (n + h) of the cache. */
    private static float[][] grown(float[][] cache, float[] network, long keys, int half) {
        if (half == 0) {
            return cache;
        }
        float weight = (float) keys / (keys + half);
        float[][] grown = new float[cache.length][network.length];
        for (int t = 0; t < cache.length; t++) {
            for (int c = 0; c < network.length; c++) {
                grown[t][c] = weight * cache[t][c] + (1 - weight) * network[c];
            }
        }
        return grown;
    }

    /** Returns the tuning examples without mirror images: a stream has no mirror images of earlier examples. */
    private static Examples originals(Protocol protocol, OpenExamples features, Split split) {
        int held = protocol.rule().heldOut();
        if (held == 0) {
            return split.tuning();
        }
        int[] rows = features.rows();
        return features.training().all().select(Arrays.copyOfRange(rows, rows.length - held, rows.length));
    }

    private static Examples ordered(Examples examples, Protocol protocol) {
        int[] rows = IntStream.range(0, examples.size()).toArray();
        return examples.select(BalancedSample.shuffled(rows, protocol.rule().seed()));
    }

    /** Receives the answers for one example. */
    private interface AnswerConsumer {
        /**
         * @param cache the distribution of the cache for each θ, {@code (thetas, classes)}
         * @param keys the number of keys in the cache
         */
        void accept(float[][] cache, float[] network, int label, long keys);
    }

    private long pass(
            IndexRecipe recipe,
            Examples training,
            Examples stream,
            double[] thetas,
            Progress progress,
            AnswerConsumer consumer)
            throws IOException {
        long expected = (long) stream.size() + (fromTraining ? training.size() : 0);
        try (CacheIndex index = recipe.builder(training.dim(), training.classes(), expected)
                .capacity(capacity())
                .build()) {
            if (fromTraining) {
                IndexFiller.fill(index, training, progress);
            }
            float[] uniform = new float[stream.classes()];
            Arrays.fill(uniform, 1f / uniform.length); // the answer of an empty cache
            stream.forEachBatch(every, progress, batch -> {
                FloatBuffer queries = batch.features();
                List<Answer> cache = index.size() == 0
                        ? null
                        : index.answer(Query.of(queries.duplicate()).thetas(thetas))
                                .points();
                for (int row = 0; row < batch.labels().length; row++) {
                    float[][] answers = new float[thetas.length][];
                    for (int i = 0; i < answers.length; i++) {
                        answers[i] =
                                cache == null ? uniform : cache.get(i).row(row).probabilities();
                    }
                    consumer.accept(answers, batch.network(row), batch.labels()[row], index.size());
                }
                index.add(KeyBatch.of(queries, batch.labels()));
            });
            return index.size();
        }
    }

    /** Counts errors up to evenly spaced points. */
    private static final class ErrorCurve {
        private final int[] seen;
        private final int[] network;
        private final int[] mixed;
        private int count;
        private int networkErrors;
        private int mixedErrors;
        private int point;

        ErrorCurve(int examples) {
            int points = Math.min(POINTS, examples);
            seen = IntStream.rangeClosed(1, points)
                    .map(i -> (int) ((long) examples * i / points))
                    .toArray();
            network = new int[points];
            mixed = new int[points];
        }

        void add(Mixture mixture, float[] cache, float[] probabilities, int label) {
            networkErrors += ArgMax.of(probabilities) == label ? 0 : 1;
            int best = ArgMax.of(cache.length, c -> mixture.probability(probabilities[c], cache[c]));
            mixedErrors += best == label ? 0 : 1;
            if (++count == seen[point]) {
                network[point] = networkErrors;
                mixed[point++] = mixedErrors;
            }
        }
    }

    /**
     * The errors of an online experiment.
     *
     * @param half h, the number of keys with which the cache has half its weight; 0 gives it all of its weight from the first
     *     key on
     * @param tunedOn the number of examples that θ, λ and h were tuned on
     * @param seen the number of predicted examples at each of some points
     * @param networkErrors the network's errors up to each point
     * @param mixedErrors the mixture's errors up to each point
     * @param keys the number of keys at the end
     */
    public record OnlineErrors(
            double theta,
            double lambda,
            int half,
            long tunedOn,
            int[] seen,
            int[] networkErrors,
            int[] mixedErrors,
            long keys) {
        /** Returns the error rate after a point, -1 for the begin, until another. */
        double error(int[] errors, int from, int to) {
            int before = from < 0 ? 0 : errors[from];
            return (double) (errors[to] - before) / (seen[to] - (from < 0 ? 0 : seen[from]));
        }
    }

    /** {@code 0.5}, or {@code 0.5 n / (n + 2,000) with n keys}. */
    private static String lambda(OnlineErrors found) {
        return Format.number(found.lambda())
                + (found.half() == 0 ? "" : " n / (n + " + Format.count(found.half()) + ") with n keys");
    }

    private Capacity capacity() {
        refuse(last != null && lastPerClass != null, "--last and --last-per-class exclude each other: leave one out");
        return last != null
                ? Capacity.lastKeys(last)
                : lastPerClass != null ? Capacity.lastKeysPerClass(lastPerClass) : Capacity.keepAll();
    }

    /** The content of the cache at first, and the keys that it keeps. */
    private String begin() {
        String kept = last != null
                ? ", the last " + Format.count(last) + " kept"
                : lastPerClass != null ? ", the last " + Format.count(lastPerClass) + " of each class kept" : "";
        return (fromTraining ? "with the training examples" : "empty") + kept;
    }
}
