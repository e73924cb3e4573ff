package io.github.afterimage.engine;

import java.util.List;

/**
 * Refines the bounds of one query to a certain answer: computes the most uncertain keys exactly, until the best class and
 * every probability within the tolerance are certain, or the limit is reached.
 *
 * <p>Keys that could change the answer are in native memory, see {@link Candidates}.
 */
final class Refinement {
    /** Terms that are smaller than this, relative to the best key, are not refined if only the class matters. */
    private static final double SMALL = 0.03;
    /** Likewise if probabilities matter, as a multiple of their tolerance. */
    private static final double SMALL_OF_TOLERANCE = 0.03;

    private static final int FIRST_STEP = 16;

    private final float theta;
    private final double tolerance;
    /** Sums of the terms that are not refined. */
    private final ClassIntervals others;

    private final ClassIntervals intervals;
    private final float[] probabilities;
    private float reference = Float.NEGATIVE_INFINITY;
    private int refined;

    /** @param tolerance maximum error of a probability; 1 if only the class matters */
    Refinement(float theta, double tolerance, int classes) {
        this.theta = theta;
        this.tolerance = tolerance;
        others = new ClassIntervals(classes);
        intervals = new ClassIntervals(classes);
        probabilities = new float[tolerance < 1 ? classes : 0];
    }

    /** Returns how much smaller than the best score one is whose term need not be refined. */
    static float gap(double theta, double tolerance) {
        return (float) (-Math.log(tolerance < 1 ? tolerance * SMALL_OF_TOLERANCE : SMALL) / theta);
    }

    /** Number of keys computed exactly. */
    int refined() {
        return refined;
    }

    ClassIntervals intervals() {
        return intervals;
    }

    /**
     * Returns true if the answer is certain after at most {@code limit} exact keys; gives up early if it cannot be.
     *
     * @param bounds those of ranges of keys
     * @param candidates overwritten
     */
    boolean certain(List<ScreenBounds> bounds, int query, int limit, ExactScores exact, Candidates candidates) {
        long count = 0;
        for (ScreenBounds range : bounds) {
            reference = Math.max(reference, range.reference(query));
            count += range.count(query);
        }
        boolean noScore = reference == Float.NEGATIVE_INFINITY; // keys that are not finite; the plain pass says so
        if (noScore || count > Candidates.MAX_COUNT) {
            return false;
        }
        candidates.clear((int) Math.max(1, count));
        for (ScreenBounds range : bounds) {
            range.addTo(query, theta, reference, others, candidates);
        }
        return certain(candidates, limit, exact);
    }

    private boolean certain(Candidates candidates, int limit, ExactScores exact) {
        sum(candidates);
        if (!intervals.finite()) {
            return false;
        }
        if (done()) {
            return true;
        }
        candidates.order(contending());
        int wanted = Math.max(FIRST_STEP, tolerance < 1 ? takeNeeded(candidates, limit) : 0);
        while (wanted <= limit && refined < candidates.count()) {
            while (candidates.taken() < Math.min(wanted, candidates.count())) {
                candidates.take();
            }
            int first = refined;
            exact.compute(
                    candidates.taken() - first,
                    i -> candidates.row(candidates.taken(first + i)),
                    (i, score, weight) ->
                            candidates.term(candidates.taken(first + i), Math.exp(theta * (score - reference))));
            refined = candidates.taken();
            sum(candidates);
            if (done()) {
                return true;
            }
            wanted = refined + Math.max(FIRST_STEP, refined / 2);
        }
        return false;
    }

    private boolean done() {
        if (intervals.best() < 0) {
            return false;
        }
        return tolerance >= 1 || intervals.probabilities(probabilities, 0) <= tolerance;
    }

    private void sum(Candidates candidates) {
        intervals.set(others);
        candidates.addTo(intervals);
    }

    /** Marks the classes whose keys are refined: all, or the contenders if only the class matters. */
    private boolean[] contending() {
        boolean[] contending = new boolean[intervals.low.length];
        int leader = intervals.leader();
        for (int c = 0; c < contending.length; c++) {
            contending[c] = tolerance < 1 || intervals.contends(c, leader);
        }
        return contending;
    }

    /**
     * Takes keys until the uncertainty of the others is within the tolerance, assuming mean weights, or more than the limit
     * are taken. Returns the number of keys taken.
     */
    private int takeNeeded(Candidates candidates, int limit) {
        double total = 0;
        double uncertain = 0;
        for (int place = 0; place < candidates.count(); place++) {
            total += candidates.middle(place);
            uncertain += candidates.uncertainty(place);
        }
        while (candidates.taken() < candidates.count()
                && candidates.taken() <= limit
                && uncertain > 2 * tolerance * total) {
            uncertain -= candidates.uncertainty(candidates.take());
        }
        return candidates.taken();
    }
}
