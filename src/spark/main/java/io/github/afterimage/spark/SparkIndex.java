package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Neighbors;
import io.github.afterimage.PartialDistributions;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.evaluation.QueryTarget;
import io.github.afterimage.store.IndexFile;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * An index whose parts are spread over the executors of Spark, each of which is opened once, off-heap, where Spark put it, and
 * again elsewhere if that executor is lost. Queries are of {@link #dim} values, reduced already, as {@link SparkExamples}
 * has them.
 *
 * <p>Threads: thread-safe. Lifetime: executors keep their parts until the application ends; closing lets go of those of this
 * process, which are all with a master {@code local}.
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

    /** Jobs at once: while the driver merges and brings queries for one, executors work on the other. */
    private static final int MAX_PENDING = 2;

    private final SparkSession spark;
    private final IndexSource source;
    private final JavaRDD<Integer> shares;
    private final long size;
    private final ExecutorService jobs = Executors.newFixedThreadPool(MAX_PENDING, SparkThreads::thread);

    private SparkIndex(SparkSession spark, IndexSource source, JavaRDD<Integer> shares, long size) {
        this.spark = spark;
        this.source = source;
        this.shares = shares;
        this.size = size;
    }

    /**
     * Opens an index on the executors that Spark has now.
     *
     * @param file which every executor reaches by this path
     * @param engine what {@link io.github.afterimage.engine.Engines#named} knows: {@code auto} is the fastest of each executor
     * @param verify whether executors compare every byte with its checksum
     * @param residentBytes how much of the keys that one task asks may be in memory, see {@link
     *     io.github.afterimage.OpenOptions#residentBytes}; Long.MAX_VALUE for all
     * @throws IllegalArgumentException if {@code spark.executor.memoryOverhead} is too little for the keys of an executor
     * @throws IOException if it cannot be read or is damaged
     */
    public static SparkIndex open(SparkSession spark, Path file, String engine, boolean verify, long residentBytes)
            throws IOException {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int parts = Math.max(1, IndexFile.files(file).size() - 1);
        // A first job, so that the executors that Spark waits for are there to be counted.
        Placement.inTurns(context, parts, List.of()).count();
        // A task for each processor and batch: every task prepares the queries once more.
        int shareCount = Math.min(parts, context.defaultParallelism());
        IndexSource source = new IndexSource(
                UUID.randomUUID().toString(),
                file.toAbsolutePath().toString(),
                engine,
                verify,
                residentBytes,
                parts,
                shareCount);
        try {
            CacheIndex index = source.withoutKeys();
            long keyBytes = IndexFile.bytes(file);
            long rowBytes = (long) index.keyDim() * index.type().bytes() + Long.BYTES + Integer.BYTES;
            List<String> executors = Placement.executors(context);
            ExecutorMemory.check(
                    context.getConf(),
                    Math.max(1, executors.size()),
                    parts,
                    shareCount,
                    keyBytes,
                    keyBytes / rowBytes,
                    residentBytes);
            // What is kept of a share is its number alone: Spark sends tasks where that is, and so to the open keys.
            JavaRDD<Integer> shares = Placement.inTurns(context, shareCount, executors)
                    .map(number -> {
                        source.share(number);
                        return number;
                    })
                    .persist(StorageLevel.MEMORY_ONLY());
            long size = shares.map(number -> source.share(number).size()).reduce(Long::sum);
            return new SparkIndex(spark, source, shares, size);
        } catch (IOException | RuntimeException e) {
            OpenOnce.close(source.token());
            throw e;
        }
    }

    /** How many keys there are. */
    public long size() {
        return size;
    }

    /** Of how many files keys are. */
    public int parts() {
        return source.parts();
    }

    /** The same index without its keys, which is closed with this. */
    public CacheIndex withoutKeys() {
        return source.withoutKeys();
    }

    @Override
    public int dim() {
        return withoutKeys().keyDim();
    }

    @Override
    public int classes() {
        return withoutKeys().classes();
    }

    IndexSource source() {
        return source;
    }

    SparkSession spark() {
        return spark;
    }

    /**
     * The distributions for several thetas: queries go to all executors, and the sums of their keys come back, merged by
     * twos on the way.
     *
     * @param queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit
     */
    @Override
    public List<Distributions> query(FloatBuffer queries, double[] thetas) {
        return submit(queries, thetas).get();
    }

    @Override
    public Supplier<List<Distributions>> submit(FloatBuffer queries, double[] thetas) {
        Supplier<PartialDistributions> sums =
                start(queries, (part, rows) -> part.partial(rows, thetas), PartialDistributions::merge);
        return () -> sums.get().distributions();
    }

    @Override
    public int maxPending() {
        return MAX_PENDING;
    }

    /** The {@code k} keys with the greatest scores, or all where there are fewer; queries as in {@link #query}. */
    public Neighbors nearest(FloatBuffer queries, int k) {
        return start(queries, (part, rows) -> part.nearest(rows, k), (some, others) -> some.merge(others, k))
                .get();
    }

    private interface Question<T> extends Serializable {
        T ask(CacheIndex part, FloatBuffer queries);
    }

    private <T> Supplier<T> start(FloatBuffer queries, Question<T> question, Function2<T, T, T> merge) {
        float[] rows = new float[queries.remaining()];
        queries.duplicate().get(rows);
        Broadcast<float[]> sent =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(rows);
        IndexSource opened = source;
        Future<T> answer = jobs.submit(() -> {
            try {
                return shares.map(number ->
                                question.ask(opened.share(number).withoutReduction(), FloatBuffer.wrap(sent.value())))
                        .treeReduce(merge);
            } finally {
                sent.destroy();
            }
        });
        return () -> SparkThreads.get(answer);
    }

    private record Scored(PartialDistributions sums, Neighbors nearest) implements Serializable {
        static Scored of(CacheIndex part, FloatBuffer queries, double theta, int k) {
            return new Scored(part.partial(queries, new double[] {theta}), part.nearest(queries, k));
        }

        Scored merge(Scored others, int k) {
            return new Scored(sums.merge(others.sums), nearest.merge(others.nearest, k));
        }
    }

    /**
     * What network, cache and mixture say of every example: columns {@code id, label, p_net, p_mem, p, keys, key_scores,
     * key_names}, the nearest keys first. Answers pass through the driver, a batch at a time.
     *
     * @param k how many keys
     */
    public Dataset<Row> score(SparkExamples examples, Hyperparameters hyperparameters, int k) throws IOException {
        List<Row> rows = new ArrayList<>();
        double theta = hyperparameters.theta();
        examples.forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {
            Scored scored = start(
                            batch.features(),
                            (part, queries) -> Scored.of(part, queries, theta, k),
                            (some, others) -> some.merge(others, k))
                    .get();
            Distributions memory = scored.sums.distributions().get(0);
            Neighbors nearest = scored.nearest;
            for (int row = 0; row < batch.labels().length; row++) {
                Float[] network = new Float[classes()];
                Float[] cache = new Float[classes()];
                Float[] mixed = new Float[classes()];
                for (int c = 0; c < network.length; c++) {
                    network[c] = batch.probabilities()[row * network.length + c];
                    cache[c] = memory.probability(row, c);
                    mixed[c] = (float) Mixture.of(hyperparameters.lambda(), network[c], cache[c]);
                }
                Long[] ids = new Long[nearest.k()];
                Float[] scores = new Float[nearest.k()];
                String[] names = new String[nearest.k()];
                for (int place = 0; place < ids.length; place++) {
                    ids[place] = nearest.id(row, place);
                    scores[place] = nearest.score(row, place);
                    names[place] = nearest.name(row, place);
                }
                long id = examples.id(batch.first() + row);
                rows.add(RowFactory.create(id, batch.labels()[row], network, cache, mixed, ids, scores, names));
            }
        });
        return spark.createDataFrame(rows, SCORES);
    }

    @Override
    public void close() {
        jobs.shutdownNow();
        shares.unpersist(true);
        OpenOnce.close(source.token());
    }
}
