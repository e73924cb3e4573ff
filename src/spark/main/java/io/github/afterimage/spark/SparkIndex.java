package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engines;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.PartialAnswer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.QueryTarget;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * An index whose parts are distributed over the executors of Spark. An executor opens its parts once, in native memory; if it
 * is lost, another one opens them. A query has {@link #dim} values that are reduced already, as those of
 * {@link SparkExamples}.
 *
 * <p>Threads: thread-safe. Lifetime: executors keep their parts until the application ends. Closing releases the parts of this
 * process; with a master {@code local} these are all parts.
 */
public final class SparkIndex implements QueryTarget, AutoCloseable {
    private static final StructType SCORES = new StructType()
            .add(SparkImages.ID, DataTypes.LongType)
            .add(SparkImages.LABEL, DataTypes.IntegerType)
            .add("p_net", DataTypes.createArrayType(DataTypes.FloatType))
            .add("p_mem", DataTypes.createArrayType(DataTypes.FloatType))
            .add("p", DataTypes.createArrayType(DataTypes.FloatType))
            .add("keys", DataTypes.createArrayType(DataTypes.LongType))
            .add("key_scores", DataTypes.createArrayType(DataTypes.FloatType))
            .add("key_names", DataTypes.createArrayType(DataTypes.StringType));

    /** Jobs at once: executors work on one while the driver merges the other and sends queries. */
    private static final int MAX_PENDING = 2;

    private final SparkSession spark;
    private final Source source;
    private final JavaRDD<Integer> shares;
    private final long size;
    private final ExecutorService jobs = Executors.newFixedThreadPool(MAX_PENDING, Threads.daemons("afterimage-spark"));

    /**
     * Opens an index and its network once in each process. A share is the parts of the index that one task queries: consecutive
     * parts, about the same number in each share.
     *
     * @param token the prefix of the names of the {@link SharedResources}
     * @param parts the number of files that hold the keys
     */
    record Source(String token, String file, ShareOptions options, int parts, int shares) implements Serializable {
        CacheIndex share(int number) {
            return SharedResources.get(
                    token + "/share " + number,
                    () -> open(
                            Math.toIntExact((long) parts * number / shares),
                            Math.toIntExact((long) parts * (number + 1) / shares)));
        }

        /** {@return the index without its keys; it can still reduce queries} */
        CacheIndex withoutKeys() {
            return SharedResources.get(token + "/without keys", () -> open(0, 0));
        }

        private CacheIndex open(int first, int last) throws IOException {
            return CacheIndex.open(
                    Path.of(file),
                    new OpenOptions()
                            .engine(Engines.named(options.engine()))
                            .threads(SharedResources.threads())
                            .verify(options.verify())
                            .parts(first, last));
        }

        /** {@return the network that the index was built with} */
        Network network(String model) {
            return SharedResources.get(
                    token + "/network",
                    () -> KeySource.network(
                            Path.of(model),
                            withoutKeys(),
                            CacheModel.settings(withoutKeys()).withThreads(SharedResources.threads())));
        }
    }

    private SparkIndex(SparkSession spark, Source source, JavaRDD<Integer> shares, long size) {
        this.spark = spark;
        this.source = source;
        this.shares = shares;
        this.size = size;
    }

    /**
     * Opens an index on the current executors of Spark.
     *
     * @param file the index; every executor reaches it by this path
     * @throws IllegalArgumentException if {@code spark.executor.memoryOverhead} is less than the keys of an executor need
     * @throws IOException if the index cannot be read or is damaged
     */
    public static SparkIndex open(SparkSession spark, Path file, ShareOptions options) throws IOException {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int parts = Math.max(1, StoredIndex.files(file).size() - 1);
        // Runs a first job, because Spark starts executors only then; they are counted below.
        roundRobin(context, parts, List.of()).count();
        // One share for each processor, because every task prepares the queries again.
        int shareCount = Math.min(parts, context.defaultParallelism());
        Source source =
                new Source(UUID.randomUUID().toString(), file.toAbsolutePath().toString(), options, parts, shareCount);
        try {
            CacheIndex index = source.withoutKeys();
            long keyBytes = StoredIndex.bytes(file);
            long rowBytes = index.format().keyBytes() + Long.BYTES + Integer.BYTES;
            List<String> executors = executors(context);
            ExecutorMemory.check(
                    context.getConf(), Math.max(1, executors.size()), source, keyBytes, keyBytes / rowBytes);
            // Spark persists only the number of a share, and sends later tasks to that executor, where the keys are
            // open.
            JavaRDD<Integer> shares = roundRobin(context, shareCount, executors)
                    .map(number -> {
                        source.share(number);
                        return number;
                    })
                    .persist(StorageLevel.MEMORY_ONLY());
            long size = shares.map(number -> source.share(number).size()).reduce(Long::sum);
            return new SparkIndex(spark, source, shares, size);
        } catch (IOException | RuntimeException e) {
            SharedResources.close(source.token());
            throw e;
        }
    }

    /** {@return the current executors, named as Spark's preferred locations; none if Spark runs in one process} */
    private static List<String> executors(JavaSparkContext context) {
        return CollectionConverters.asJava(context.env().blockManager().master().getMemoryStatus()).keySet().stream()
                .filter(id -> !id.isDriver())
                .map(id -> "executor_" + id.host() + "_" + id.executorId())
                .sorted()
                .toList();
    }

    /** {@return the numbers 0 to count - 1, each in a partition of its own that prefers the next executor: Spark alone gives most of them to the executor that starts first} */
    private static JavaRDD<Integer> roundRobin(JavaSparkContext context, int count, List<String> executors) {
        List<Tuple2<Integer, Seq<String>>> numbers = IntStream.range(0, count)
                .mapToObj(number -> new Tuple2<>(
                        number,
                        seq(
                                executors.isEmpty()
                                        ? List.<String>of()
                                        : List.of(executors.get(number % executors.size())))))
                .toList();
        return context.sc()
                .makeRDD(seq(numbers), ClassTag.<Integer>apply(Integer.class))
                .toJavaRDD();
    }

    private static <T> Seq<T> seq(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    /** {@return the number of keys} */
    public long size() {
        return size;
    }

    /** {@return the number of files that hold the keys} */
    public int parts() {
        return source.parts();
    }

    /** {@return the index without its keys; closing this object closes it} */
    public CacheIndex withoutKeys() {
        return source.withoutKeys();
    }

    @Override
    public int dim() {
        return withoutKeys().format().keyDim();
    }

    @Override
    public int classes() {
        return withoutKeys().classes();
    }

    @Override
    public int spareClasses() {
        return withoutKeys().format().spareClasses();
    }

    Source source() {
        return source;
    }

    SparkSession spark() {
        return spark;
    }

    /**
     * Starts to compute the distributions. Queries go to all executors; the sums over their keys, and with evidence those of the keys of each class,
     * are merged in pairs on the way back. The nearest keys are left out.
     */
    @Override
    public Supplier<Answer> submit(Examples.Batch queries, QueryTarget.Asked asked) {
        double[] thetas = asked.thetas();
        boolean evidence = asked.evidence();
        Supplier<PartialAnswer> sums =
                start(queries.features(), rows -> Query.of(rows).thetas(thetas).evidence(evidence));
        return () -> sums.get().answer();
    }

    @Override
    public int maxPending() {
        return MAX_PENDING;
    }

    /** {@return the {@code k} keys with the greatest scores for each query, or all keys if there are fewer} */
    public Answer nearest(FloatBuffer queries, int k) {
        return start(queries, rows -> Query.of(rows).neighbors(k)).get().answer();
    }

    private interface Request extends Serializable {
        Query of(FloatBuffer rows);
    }

    private Supplier<PartialAnswer> start(FloatBuffer queries, Request asked) {
        float[] rows = new float[queries.remaining()];
        queries.duplicate().get(rows);
        Broadcast<float[]> sent =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(rows);
        Source opened = source;
        Future<PartialAnswer> answer = jobs.submit(() -> {
            try {
                return shares.map(number -> opened.share(number)
                                .withoutReduction()
                                .partial(asked.of(FloatBuffer.wrap(sent.value()))))
                        .treeReduce(PartialAnswer::merge);
            } finally {
                sent.destroy();
            }
        });
        return () -> get(answer);
    }

    /**
     * Computes the probabilities of the network for all its views, of the memory, and of both together, for every example. The columns are
     * {@code id, label, p_net, p_mem, p, keys, key_scores, key_names}, the nearest keys first. The driver computes the rows batch by batch.
     *
     * @param rule of both; the memory answers by the index's own rule for it alone
     * @param k the number of nearest keys
     * @throws IllegalArgumentException if the examples have no probabilities
     */
    public Dataset<Row> score(SparkExamples examples, AnswerRule rule, int k) throws IOException {
        examples.requireProbabilities();
        List<Row> rows = new ArrayList<>();
        double theta = rule.theta();
        AnswerRule alone = withoutKeys().calibration(Calibration.ALONE).rule();
        double[] thetas = alone.theta() == theta ? new double[] {theta} : new double[] {theta, alone.theta()};
        examples.forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {
            Answer answer = start(batch.features(), queries -> Query.of(queries)
                            .thetas(thetas)
                            .evidence(true)
                            .neighbors(k))
                    .get()
                    .answer();
            float[] networks = Objects.requireNonNull(batch.probabilities(examples.views()));
            for (int row = 0; row < batch.labels().length; row++) {
                float[] network = Arrays.copyOfRange(networks, row * classes(), (row + 1) * classes());
                double[] memory = alone.alone(answer.at(thetas.length - 1).row(row));
                double[] together = rule.probabilities(
                        Arrays.copyOf(network, classes() - spareClasses()),
                        answer.at(0).row(row));
                List<Neighbor> nearest = answer.row(row).neighbors();
                Long[] ids = nearest.stream().map(Neighbor::id).toArray(Long[]::new);
                Float[] scores = nearest.stream().map(Neighbor::score).toArray(Float[]::new);
                String[] names = nearest.stream().map(Neighbor::name).toArray(String[]::new);
                long id = examples.id(batch.first() + row);
                rows.add(RowFactory.create(
                        id,
                        batch.labels()[row],
                        boxed(c -> network[c]),
                        boxed(c -> (float) memory[c]),
                        boxed(c -> (float) together[c]),
                        ids,
                        scores,
                        names));
            }
        });
        return spark.createDataFrame(rows, SCORES);
    }

    /** {@return one value for each class} */
    private Float[] boxed(IntFunction<Float> values) {
        return IntStream.range(0, classes()).mapToObj(values).toArray(Float[]::new);
    }

    @Override
    public void close() {
        jobs.shutdownNow();
        shares.unpersist(true);
        SharedResources.close(source.token());
    }

    /** Waits for a result; throws the exception of the task if it failed. */
    static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while Spark worked; there is no result");
        } catch (ExecutionException e) {
            throw SparkIndex.<RuntimeException>rethrow(Objects.requireNonNullElse(e.getCause(), e));
        }
    }

    /** Rethrows a checked exception unchanged: Spark throws some that it does not declare. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E rethrow(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
