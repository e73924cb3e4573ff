package io.github.afterimage.engine;

/**
 * Refines the bounds of one query to a certain answer: computes the most uncertain keys exactly, until the best class and
 * every probability within the tolerance are certain, or the limit is reached.
 *
 * <p>Keys that could change the answer are in native memory, see {@link Candidates}.
 */
final class Refinement {
    /** Maximum weight of all keys that are ignored, together, relative to the best key. */
    private static final double NEGLIGIBLE = 1e-5;
    /** Maximum exponent: beyond it weights are finite but meaningless. */
    private static final double MAX_EXPONENT = 600;

    private static final int FIRST_STEP = 16;

    private final double theta;
    private final double tolerance;
    private final ClassIntervals far;
    private final ClassIntervals intervals;
    private final float[] probabilities;
    private double reference = Double.NEGATIVE_INFINITY;
    private double highest = Double.NEGATIVE_INFINITY;
    private long near;
    private int refined;

    /** @param tolerance maximum error of a probability; 1 if only the class matters */
    Refinement(double theta, double tolerance, int classes) {
        this.theta = theta;
        this.tolerance = tolerance;
        far = new ClassIntervals(classes);
        intervals = new ClassIntervals(classes);
        probabilities = new float[tolerance < 1 ? classes : 0];
    }

    /** Number of keys computed exactly. */
    int refined() {
        return refined;
    }

    ClassIntervals intervals() {
        return intervals;
    }

    /** Visits the rows of a query with their bounds; may be called repeatedly. */
    interface Bounds {
        void forEach(ScoreBounds.Visitor visitor);
    }

    /**
     * Returns true if the answer is certain after at most {@code limit} exact keys; gives up early if it cannot be.
     *
     * @param rows number of rows
     * @param candidates overwritten
     */
    boolean certain(Bounds bounds, long rows, int limit, ExactScores exact, Candidates candidates) {
        bounds.forEach(this::range);
        if (!(theta * (highest - reference) < MAX_EXPONENT)) {
            return false;
        }
        double each = NEGLIGIBLE / rows;
        double threshold = theta == 0 ? Double.NEGATIVE_INFINITY : reference + Math.log(each) / theta;
        bounds.forEach(chunk -> leaveOut(chunk, threshold, each));
        if (near > Candidates.MAX_COUNT) {
            return false;
        }
        candidates.clear((int) near);
        bounds.forEach(chunk -> addNear(chunk, threshold, candidates));
        return certain(candidates, limit, exact);
    }

    private void range(ScoreBounds.Chunk chunk) {
        for (int i = 0; i < chunk.count; i++) {
            if (chunk.labels[i] != ScoreBounds.REMOVED) {
                reference = Math.max(reference, (double) chunk.centers[i] - chunk.radii[i]);
                highest = Math.max(highest, (double) chunk.centers[i] + chunk.radii[i]);
            }
        }
    }

    private void leaveOut(ScoreBounds.Chunk chunk, double threshold, double each) {
        for (int i = 0; i < chunk.count; i++) {
            if (chunk.labels[i] == ScoreBounds.REMOVED) {
                continue;
            }
            if ((double) chunk.centers[i] + chunk.radii[i] < threshold) {
                far.add(chunk.labels[i], 0, chunk.weights[i] * each);
            } else {
                near++;
            }
        }
    }

    private void addNear(ScoreBounds.Chunk chunk, double threshold, Candidates candidates) {
        for (int i = 0; i < chunk.count; i++) {
            double center = chunk.centers[i];
            double radius = chunk.radii[i];
            if (chunk.labels[i] != ScoreBounds.REMOVED && !(center + radius < threshold)) {
                candidates.add(
                        (int) chunk.firstRow + i,
                        chunk.labels[i],
                        chunk.weights[i],
                        Math.exp(theta * (center - radius - reference)),
                        Math.exp(theta * (center + radius - reference)));
            }
        }
    }

    private boolean certain(Candidates candidates, int limit, ExactScores exact) {
        sum(candidates);
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
                    (i, score) -> candidates.term(candidates.taken(first + i), Math.exp(theta * (score - reference))));
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
        intervals.set(far);
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
