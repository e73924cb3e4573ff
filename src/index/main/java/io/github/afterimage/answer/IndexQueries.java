package io.github.afterimage.answer;

import io.github.afterimage.engine.ClassEvidence;
import io.github.afterimage.engine.ClassMeansScan;
import io.github.afterimage.engine.KeyEngine;
import io.github.afterimage.engine.Request;
import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.engine.Scan;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.keys.Snapshot;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Checks queries and answers them from the keys of a moment, for the methods of {@link io.github.afterimage.CacheReader} of the same names.
 *
 * <p>Thread-safe.
 */
public final class IndexQueries {
    private final RowEncoder encoder;
    private final Scan scan;
    private final ClassMeansScan meansScan;
    private final int classes;

    public IndexQueries(RowEncoder encoder, ClassMeansScan meansScan, int classes) {
        this(encoder, new Scan(encoder.workers()), meansScan, classes);
    }

    private IndexQueries(RowEncoder encoder, Scan scan, ClassMeansScan meansScan, int classes) {
        this.encoder = encoder;
        this.scan = scan;
        this.meansScan = meansScan;
        this.classes = classes;
    }

    /** Returns queries of the same keys whose rows another encoder encodes. */
    public IndexQueries with(RowEncoder other) {
        return new IndexQueries(other, scan, meansScan, classes);
    }

    /** Returns how many queries were repeated because their sums left the range of float32. */
    public long repeated() {
        return scan.repeatedQueries();
    }

    /**
     * Checks the settings of a query and the numbers of its values.
     *
     * @return the number of rows
     * @throws IllegalArgumentException if the query is wrong, or has a deadline
     */
    public int check(Query query) {
        if (query.timeout().isPresent()) {
            throw new IllegalArgumentException(
                    "the query has a deadline, " + query.timeout().get()
                            + ", which only a batcher keeps: leave within out, or submit the query to a Batcher");
        }
        query.checkResult();
        return query.checkSize(encoder.dim(), classes);
    }

    /**
     * Checks a query and its rows for a batcher, which keeps its deadline.
     *
     * @param keys returns the number of keys
     * @return the number of rows
     * @throws IllegalArgumentException if the query or a row is wrong
     */
    public int checkRows(Query query, LongSupplier keys) {
        return query.check(encoder.dim(), classes, keys);
    }

    /**
     * Returns the query whose answer has what a rule needs.
     *
     * @throws IllegalArgumentException if the query has thetas, because the rule has one
     */
    public static Query asked(Query query, AnswerRule rule) {
        if (!query.thetas.isEmpty()) {
            throw new IllegalArgumentException("the query has the thetas " + query.thetas
                    + ": ask with answer, or leave them out for the index's own");
        }
        return query.thetas(rule.theta()).evidence(query.evidence || rule.needsEvidence());
    }

    /** Answers a query that {@link #check} has accepted; throws as {@link io.github.afterimage.CacheReader#answer(Query)}. */
    public Answer answer(Snapshot keys, Query query) {
        return run(keys, query, request -> answer(request, query));
    }

    /** Answers a query that is {@link #asked} by a rule of the memory alone. */
    public Answer answer(Snapshot keys, Query query, AnswerRule rule) {
        return answer(keys, query).by(rule);
    }

    /** Returns the answers to queries of equal {@link Query#settings} from the answer to one query of all their rows. */
    public List<Answer> answers(List<Query> queries, Function<Query, Answer> ask) {
        Answer all = ask.apply(Query.joined(queries));
        List<Answer> answers = new ArrayList<>();
        int from = 0;
        for (Query query : queries) {
            int count = Query.batch(query.rows, encoder.dim());
            answers.add(all.rows(from, count));
            from += count;
        }
        return answers;
    }

    /** Answers a query from a part of all keys; throws as {@link io.github.afterimage.CacheReader#partial}. */
    public PartialAnswer partial(Snapshot keys, Query query) {
        return run(keys, query, request -> PartialAnswer.of(request, query, scan, meansScan));
    }

    private Answer answer(Request request, Query query) {
        float[] thetas = query.narrowedThetas();
        return new Answer(
                request.batch(),
                request.classes(),
                thetas.length == 0 ? List.of() : scan.normalizedSums(request, thetas),
                query.neighbors == 0 ? null : scan.nearest(request, query.neighbors),
                query.evidence ? evidence(request) : null,
                request.keys().size(),
                request.keys().snapshot().version());
    }

    private ClassEvidence evidence(Request request) {
        try (ClassMeans means = meansScan.of(request.keys())) {
            return scan.evidence(request, means);
        }
    }

    /**
     * Computes the gradient of the probabilities; throws as {@link io.github.afterimage.CacheReader#gradient(Query, float[])}.
     *
     * @param cotangents {@code (batch, classes)} row-major
     * @return {@code (batch, dim)} row-major
     */
    public float[] gradient(Snapshot keys, Query query, float[] cotangents) {
        return gradient(keys, query, (request, theta) -> scan.gradient(request, theta, cotangents), cotangents);
    }

    /** Computes the gradient of evidence and directions, {@code (batch, dim)} row-major; both cotangents are {@code (batch, classes)}. */
    public float[] gradient(Snapshot keys, Query query, float[] ofEvidence, float[] ofDirections) {
        return gradient(
                keys,
                query,
                (request, theta) -> {
                    try (ClassMeans means = meansScan.of(request.keys())) {
                        return scan.gradient(request, means, theta, ofEvidence, ofDirections);
                    }
                },
                ofEvidence,
                ofDirections);
    }

    private float[] gradient(
            Snapshot keys, Query query, BiFunction<Request, Float, float[]> ofKeys, float[]... cotangents) {
        query.checkGradient();
        int batch = Query.batch(query.rows, encoder.dim());
        for (float[] some : cotangents) {
            checkCotangents(some, batch);
        }
        float theta = query.narrowedThetas()[0];
        return run(keys, query, request -> encoder.pullBack(query.rows, request.rows(), ofKeys.apply(request, theta)));
    }

    private void checkCotangents(float[] cotangents, int batch) {
        if (cotangents.length != (long) batch * classes) {
            throw new IllegalArgumentException("cotangents hold " + cotangents.length + " values: expected batch "
                    + batch + " x classes " + classes);
        }
        for (int i = 0; i < cotangents.length; i++) {
            if (!Float.isFinite(cotangents[i])) {
                throw new IllegalArgumentException("cotangent " + i % classes + " of query " + i / classes + " is "
                        + cotangents[i] + ": expected a finite number");
            }
        }
    }

    /** Encodes rows {@code (n, dim)}; returns {@code (n, keyDim)} row-major, of unit norm. */
    public float[] encode(FloatBuffer rows) {
        Query.batch(rows, encoder.dim());
        try {
            return encoder.encode(rows);
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
    }

    /**
     * Answers a query from those keys of a moment that it is restricted to. If the engine fails for good and another one takes its
     * place, that one answers.
     */
    private <T> T run(Snapshot snapshot, Query query, Function<Request, T> answer) {
        KeyEngine engine = encoder.engine();
        while (true) {
            try {
                return answer.apply(request(engine, snapshot, query));
            } catch (InvalidRowException e) {
                throw e.named("query");
            } catch (RuntimeException e) {
                KeyEngine next = engine.current();
                if (next == engine) {
                    throw e;
                }
                engine = next;
            }
        }
    }

    private Request request(KeyEngine engine, Snapshot snapshot, Query query) {
        QueriedKeys keys = query.keys.of(snapshot);
        if (keys.size() == 0) {
            throw new IllegalStateException("the query is restricted to keys with " + query.keys.description()
                    + ", and none of the " + snapshot.size() + " keys of the index is such a key");
        }
        return new Request(engine, keys, classes, encoder.reduce(query.rows), encoder.keyDim());
    }

    @Override
    public String toString() {
        return "IndexQueries[" + encoder + "]";
    }
}
