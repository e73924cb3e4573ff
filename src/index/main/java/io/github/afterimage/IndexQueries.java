package io.github.afterimage;

import io.github.afterimage.codes.Components;
import io.github.afterimage.engine.Columns;
import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.EstimatedAnswer;
import io.github.afterimage.engine.NormalizedSums;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Request;
import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.scan.KeyFilter;
import io.github.afterimage.scan.QueriedKeys;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of queries and answers them; see the methods of {@link CacheIndex} of the same names. */
final class IndexQueries {
    /** Maximum neighbours of one answer: they take 1.6 GiB, 25 bytes each, without the characters of names. */
    private static final int MAX_NEIGHBORS = 1 << 26;
    /** Maximum bytes of the sums of one partial answer. */
    private static final long MAX_SUM_BYTES = 1L << 30;

    private final SharedIndex shared;
    private final RowEncoder encoder;
    private final @Nullable Snapshot fixed;

    /** @param fixed the keys to read; null for those present at each call */
    IndexQueries(SharedIndex shared, RowEncoder encoder, @Nullable Snapshot fixed) {
        this.shared = shared;
        this.encoder = encoder;
        this.fixed = fixed;
    }

    Answer answer(Query query) {
        QueryOptions options = query.options();
        options.requireResults();
        float[] thetas = options.thetas().isEmpty() ? new float[0] : options.narrowedThetas();
        int betas = Math.max(1, options.betas().size());
        return answer(
                query,
                classes(),
                request -> new Answer(
                        thetas,
                        betas,
                        thetas.length == 0 ? List.of() : distributions(request, thetas, options),
                        options.neighbors() == 0 ? null : neighbors(request, options.neighbors())));
    }

    private List<Distributions> distributions(Request request, float[] thetas, QueryOptions options) {
        if (options.hasClassFactor()) {
            return factored(request, thetas, options.narrowedBetas());
        }
        return distributionsOfKeys(request, thetas, options).stream()
                .flatMap(one -> Collections.nCopies(options.narrowedBetas().length, one).stream())
                .toList();
    }

    private List<Distributions> factored(Request request, float[] thetas, float[] betas) {
        QueriedKeys keys = request.keys();
        try (ClassMeans means = shared.meansScan.of(keys)) {
            return shared.scan.factoredSums(request, means, thetas, betas).stream()
                    .map(answer -> new Distributions(answer, request.columns().count(), keys.size(), keys.version()))
                    .toList();
        }
    }

    private List<Distributions> distributionsOfKeys(Request request, float[] thetas, QueryOptions options) {
        Components components = shared.keys.components();
        boolean estimable = thetas.length == 1 && options.neighbors() == 0 && request.leftOut().length == 0;
        if (options.tolerance() > 0
                && components != null
                && estimable
                && request.keys().isAll()) {
            Snapshot snapshot = request.keys().snapshot();
            EstimatedAnswer answer =
                    shared.estimatedScan.answer(request, snapshot, components, thetas[0], options.tolerance());
            return List.of(new Distributions(answer, request.columns().count(), snapshot.size(), snapshot.version()));
        }
        return distributions(request, thetas);
    }

    List<Distributions> query(FloatBuffer queries, double[] thetas) {
        float[] narrowed = Hyperparameters.narrowed(thetas);
        return answer(Query.of(queries), classes(), request -> distributions(request, narrowed));
    }

    List<List<Distributions>> queryNearest(Query query, int[] ks) {
        return nearest(query, ks, classes(), IndexQueries::distributions);
    }

    List<MeanValues> meanValues(Query query) {
        query.options().requireNoNeighbors();
        query.options().requireNoClassFactor("a mean of values");
        float[] thetas = query.options().narrowedThetas();
        return answer(query, values(), request -> meanValues(request, shared.scan.normalizedSums(request, thetas)));
    }

    List<List<MeanValues>> meanValuesOfNearest(Query query, int[] ks) {
        return nearest(query, ks, values(), IndexQueries::meanValues);
    }

    private <T> List<List<T>> nearest(
            Query query, int[] ks, Columns columns, BiFunction<Request, List<NormalizedSums>, List<T>> results) {
        query.options().requireNoNeighbors();
        query.options().requireNoClassFactor("an answer from the nearest keys");
        float[] thetas = query.options().narrowedThetas();
        if (ks.length == 0) {
            throw new IllegalArgumentException("no k: expected at least one");
        }
        Arrays.stream(ks).forEach(IndexQueries::checkK);
        return answer(query, columns, request -> {
            List<T> all = results.apply(request, shared.scan.nearestSums(request, ks, thetas));
            return IntStream.range(0, ks.length)
                    .mapToObj(i -> all.subList(i * thetas.length, (i + 1) * thetas.length))
                    .toList();
        });
    }

    private Columns classes() {
        return Columns.ofClasses(shared.keys.classes());
    }

    private Columns values() {
        int width = shared.keys.format().values().width();
        if (width == 0) {
            throw new IllegalStateException("the keys of the index have no values: build it with values(width, type)");
        }
        return Columns.ofValues(width);
    }

    private List<Distributions> distributions(Request request, float[] thetas) {
        return distributions(request, shared.scan.normalizedSums(request, thetas));
    }

    private static List<MeanValues> meanValues(Request request, List<NormalizedSums> answers) {
        QueriedKeys keys = request.keys();
        return answers.stream()
                .map(answer -> new MeanValues(answer, request.columns().results(), keys.size(), keys.version()))
                .toList();
    }

    private static List<Distributions> distributions(Request request, List<NormalizedSums> answers) {
        QueriedKeys keys = request.keys();
        return answers.stream()
                .map(answer -> new Distributions(answer, request.columns().count(), keys.size(), keys.version()))
                .toList();
    }

    PartialDistributions partial(Query query) {
        float[] betas = query.options().narrowedBetas();
        if (!query.options().hasClassFactor()) {
            return partial(
                    query,
                    classes(),
                    (request, sums) ->
                            new PartialDistributions(sums, request.keys().size(), betas.length, null));
        }
        if (query.excludedIds().length > 0) {
            throw new IllegalArgumentException(
                    "a partial answer with a class factor is without excludingEach: ask with answer, or leave classFactor out");
        }
        return partial(query, classes(), (request, sums) -> {
            try (ClassMeans means = shared.meansScan.of(request.keys())) {
                requireFew(sums.length + means.byteCount(), "sums of the queries and of the keys of each class");
                float[] rows = new float[request.rows().remaining()];
                request.rows().duplicate().get(rows);
                PartialFactors factors = new PartialFactors(betas, rows, means.bytes());
                return new PartialDistributions(sums, request.keys().size(), betas.length, factors);
            }
        });
    }

    PartialMeanValues partialMeanValues(Query query) {
        query.options().requireNoClassFactor("a mean of values");
        return partial(
                query,
                values(),
                (request, sums) -> new PartialMeanValues(sums, request.keys().size()));
    }

    private <T> T partial(Query query, Columns columns, BiFunction<Request, byte[], T> result) {
        query.options().requireNoNeighbors();
        float[] thetas = query.options().narrowedThetas();
        int batch = query.batch(encoder.dim());
        requireFew(
                (long) thetas.length * batch * columns.count() * Double.BYTES,
                "sums of " + batch + " queries x " + thetas.length + " thetas x " + columns.results()
                        + (columns.ofValues() ? " values" : " classes"));
        return answer(query, columns, request -> {
            try (Partial partial = shared.scan.partial(request, thetas)) {
                return result.apply(request, partial.bytes());
            }
        });
    }

    private static void requireFew(long bytes, String sums) {
        if (bytes > MAX_SUM_BYTES) {
            throw new IllegalArgumentException(sums + ": expected at most 1 GiB; ask for fewer queries at once");
        }
    }

    Neighbors nearest(FloatBuffer queries, int k) {
        checkK(k);
        return answer(Query.of(queries), classes(), request -> neighbors(request, k));
    }

    private static void checkK(int k) {
        if (k <= 0) {
            throw new IllegalArgumentException("k " + k + ": expected a positive number");
        }
    }

    private Neighbors neighbors(Request request, int k) {
        QueriedKeys keys = request.keys();
        int found = (int) Math.min(k, request.keysOfEach());
        requireFew(request.batch(), found);
        return new Neighbors(shared.scan.nearest(request, found), keys.size(), keys.version());
    }

    /** @throws IllegalArgumentException if an answer of {@code found} neighbours for each query is too large */
    static void requireFew(int batch, int found) {
        if ((long) batch * found > MAX_NEIGHBORS) {
            throw new IllegalArgumentException(batch + " queries x k " + found + ": expected at most " + MAX_NEIGHBORS
                    + " neighbours in one answer, which take 1.6 GiB of the Java heap; ask for fewer queries at once");
        }
    }

    float[] gradient(Query query, float[] cotangents) {
        return gradient(query, cotangents, classes());
    }

    float[] gradientOfMeanValues(Query query, float[] cotangents) {
        query.options().requireNoClassFactor("a mean of values");
        return gradient(query, cotangents, values());
    }

    private float[] gradient(Query query, float[] cotangents, Columns columns) {
        query.options().requireNoNeighbors();
        float theta = query.options().onlyTheta("a gradient");
        int batch = query.batch(encoder.dim());
        int results = columns.results();
        if (cotangents.length != (long) batch * results) {
            throw new IllegalArgumentException("cotangents hold " + cotangents.length + " values: expected batch "
                    + batch + (columns.ofValues() ? " x width " : " x classes ") + results);
        }
        for (int i = 0; i < cotangents.length; i++) {
            if (!Float.isFinite(cotangents[i])) {
                throw new IllegalArgumentException("cotangent " + i % results + " of query " + i / results + " is "
                        + cotangents[i] + ": expected a finite number");
            }
        }
        float beta = query.options().onlyBeta("a gradient");
        return answer(
                query,
                columns,
                request -> encoder.pullBack(query.rows(), request.rows(), gradient(request, theta, beta, cotangents)));
    }

    private float[] gradient(Request request, float theta, float beta, float[] cotangents) {
        if (beta == 0) {
            return shared.scan.gradient(request, theta, cotangents);
        }
        try (ClassMeans means = shared.meansScan.of(request.keys())) {
            return shared.scan.factoredGradient(request, means, theta, beta, cotangents);
        }
    }

    float[] encode(FloatBuffer rows) {
        batch(rows, encoder.dim());
        try {
            return shared.use(() -> encoder.encode(rows));
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
    }

    /** @throws IllegalArgumentException if these are not whole rows */
    static int batch(FloatBuffer queries, int dim) {
        if (queries.remaining() == 0 || queries.remaining() % dim != 0) {
            throw new IllegalArgumentException(
                    "queries hold " + queries.remaining() + " values: expected a positive multiple of dim " + dim);
        }
        return queries.remaining() / dim;
    }

    /** Answers queries from those keys of one moment that they are restricted to. */
    private <T> T answer(Query query, Columns columns, Function<Request, T> answer) {
        KeyFilter filter = query.options().filter();
        filter.checkLabels(shared.keys.classes());
        int batch = query.batch(encoder.dim());
        return answer(query.rows(), (engine, snapshot) -> {
            QueriedKeys keys = new QueriedKeys(snapshot, filter, engine.inPlace(batch));
            if (keys.size() == 0) {
                throw new IllegalStateException("the query is restricted to keys with " + filter + ", and none of the "
                        + snapshot.size() + " keys of the index is such a key");
            }
            Request request = request(engine, keys, query, columns);
            if (request.keysOfEach() == 0) {
                throw new IllegalStateException(
                        "a row of the query excludes the only key that could answer it: add keys, or ask without it");
            }
            return answer.apply(request);
        });
    }

    private <T> T answer(FloatBuffer queries, BiFunction<Engine, Snapshot, T> answer) {
        try {
            return shared.answer(fixed, batch(queries, encoder.dim()), snapshot -> encoder.engine()
                    .run(engine -> answer.apply(engine, snapshot)));
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
    }

    private Request request(Engine engine, QueriedKeys keys, Query query, Columns columns) {
        return new Request(engine, keys, query.excludedIds(), columns, encoder.reduce(query.rows()), encoder.keyDim());
    }
}
