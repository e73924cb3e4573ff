package io.github.afterimage;

import io.github.afterimage.Answer.Point;
import io.github.afterimage.engine.ClassEvidence;
import io.github.afterimage.engine.KeyEngine;
import io.github.afterimage.engine.NormalizedSums;
import io.github.afterimage.engine.Request;
import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.keys.Snapshot;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Checks queries and answers them; see the methods of {@link CacheIndex} of the same names.
 *
 * @param fixed the keys to read; null for those present at each call
 */
record IndexQueries(
        SharedIndex shared, RowEncoder encoder, @Nullable Snapshot fixed) {
    /** Greater than what the rounding of scores and sums changes in {@link Answer.Row#mostScore}. */
    private static final double SCORE_ERROR = 0.01;

    Answer answer(Query query) {
        return answer(query, request -> answer(request, query));
    }

    /** Answers a query from keys that are held meanwhile; it counts in no statistics. */
    Answer uncounted(Snapshot keys, Query query) {
        return run(keys, query, request -> answer(request, query));
    }

    private Answer answer(Request request, Query query) {
        QueryOptions options = query.options();
        QueriedKeys keys = request.keys();
        Optional<NoveltyThreshold> threshold = options.novelty()
                ? NoveltyThreshold.stored(shared.attributes().values(), query.hasNetwork())
                : Optional.empty();
        boolean evidence = options.evidence() || threshold.isPresent();
        Answer answer = new Answer(
                request.batch(),
                request.classes(),
                points(request, options),
                options.neighbors() == 0 ? null : shared.scan.nearest(request, options.neighbors()),
                evidence ? evidence(request) : null,
                keys.size(),
                keys.version());
        if (!options.novelty()) {
            return answer;
        }
        return answer.judged(threshold
                .map(known -> judgement(request, query, answer, known))
                .orElseGet(() -> Answer.Judgement.unknown(request.batch())));
    }

    /** Compares the rows with a threshold; those above it ask for their nearest key, if they did not ask for neighbors. */
    private Answer.Judgement judgement(Request request, Query query, Answer answer, NoveltyThreshold threshold) {
        int classes = shared.keys.classes();
        int known = classes - shared.attributes().spareClasses();
        double[] novelties = new double[request.batch()];
        boolean[] familiar = new boolean[request.batch()];
        for (int row = 0; row < novelties.length; row++) {
            novelties[row] = answer.row(row).novelty(threshold.network() ? query.network(row, classes, known) : null);
            familiar[row] = novelties[row] <= threshold.most();
        }
        boolean asked = query.options().neighbors() > 0;
        int[] strange = IntStream.range(0, familiar.length)
                .filter(row -> !familiar[row] && (asked || mayBeNear(answer.row(row), threshold.near())))
                .toArray();
        if (strange.length > 0) {
            float[] scores = asked
                    ? new float[0]
                    : shared.scan.nearest(request.only(strange), 1).scores();
            for (int i = 0; i < strange.length; i++) {
                double score = asked ? answer.row(strange[i]).neighbors().get(0).score() : scores[i];
                familiar[strange[i]] = score >= threshold.near();
            }
        }
        return new Answer.Judgement(threshold, novelties, familiar);
    }

    /** Returns false if the sum of the terms of all keys shows that none is near, which most often saves the pass for the nearest one. */
    private static boolean mayBeNear(Answer.Row row, double near) {
        return !(row.mostScore() + SCORE_ERROR < near);
    }

    /** Computes the results for each theta in order. */
    private List<Point> points(Request request, QueryOptions options) {
        float[] thetas = options.narrowedThetas();
        if (thetas.length == 0) {
            return List.of();
        }
        List<NormalizedSums> sums = shared.scan.normalizedSums(request, thetas);
        return IntStream.range(0, thetas.length)
                .mapToObj(i -> new Point(thetas[i], sums.get(i)))
                .toList();
    }

    private ClassEvidence evidence(Request request) {
        try (ClassMeans means = shared.meansScan.of(request.keys())) {
            return shared.scan.evidence(request, means);
        }
    }

    float[] gradient(Query query, float[] cotangents) {
        return gradient(query, (request, theta) -> shared.scan.gradient(request, theta, cotangents), cotangents);
    }

    float[] gradient(Query query, float[] ofEvidence, float[] ofDirections) {
        return gradient(
                query,
                (request, theta) -> {
                    try (ClassMeans means = shared.meansScan.of(request.keys())) {
                        return shared.scan.gradient(request, means, theta, ofEvidence, ofDirections);
                    }
                },
                ofEvidence,
                ofDirections);
    }

    private float[] gradient(Query query, BiFunction<Request, Float, float[]> ofKeys, float[]... cotangents) {
        query.options().checkGradient();
        int batch = query.batch(encoder.dim());
        for (float[] some : cotangents) {
            checkCotangents(some, batch);
        }
        float theta = query.options().narrowedThetas()[0];
        return answer(query, request -> encoder.pullBack(query.rows(), request.rows(), ofKeys.apply(request, theta)));
    }

    private void checkCotangents(float[] cotangents, int batch) {
        int classes = shared.keys.classes();
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

    float[] encode(FloatBuffer rows) {
        Query.batch(rows, encoder.dim());
        try {
            return shared.use(() -> encoder.encode(rows));
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
    }

    /** Answers a query from those keys of one moment that it is restricted to. */
    <T> T answer(Query query, Function<Request, T> answer) {
        if (query.timeout().isPresent()) {
            throw new IllegalArgumentException(
                    "the query has a deadline, " + query.timeout().get()
                            + ", which only a batcher keeps: leave within out, or submit the query to a Batcher");
        }
        query.options().check();
        int batch = query.checkSize(encoder.dim(), shared.keys.classes());
        try {
            return shared.answer(fixed, batch, snapshot -> run(snapshot, query, answer));
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
    }

    private <T> T run(Snapshot snapshot, Query query, Function<Request, T> answer) {
        return encoder.engine().run(engine -> {
            QueriedKeys keys = new QueriedKeys(snapshot, query.options().filter());
            return answer.apply(request(engine, keys, snapshot, query));
        });
    }

    private Request request(KeyEngine engine, QueriedKeys keys, Snapshot all, Query query) {
        if (keys.size() == 0) {
            throw new IllegalStateException("the query is restricted to keys with "
                    + query.options().filter() + ", and none of the " + all.size()
                    + " keys of the index is such a key");
        }
        FloatBuffer rows = encoder.reduce(query.rows());
        Request request = new Request(engine, keys, query.excludedIds(), shared.keys.classes(), rows, encoder.keyDim());
        if (request.keysOfEach() == 0) {
            throw new IllegalStateException(
                    "a row of the query excludes the only key that could answer it: add keys, or ask without it");
        }
        return request;
    }
}
