package io.github.afterimage.engine;

import java.util.Arrays;

/**
 * One query's way from the screen's bounds to a certain answer: keys whose bounds matter most are computed exactly, until
 * the best class, and every probability within the tolerance, is certain or the limit is reached.
 */
final class Refinement {
    /** What all keys that are left out of the search may weigh together, beside the best key's 1. */
    private static final double NEGLIGIBLE = 1e-5;
    /** A limit for exponents: beyond it weights are meaningless, if finite. */
    private static final double LARGEST_EXPONENT = 600;

    private static final int FIRST_STEP = 16;

    private final double theta;
    private final double tolerance;
    private final int[] labels;
    private final ClassIntervals far;
    private double reference = Double.NEGATIVE_INFINITY;

    /** Keys that matter: rows, and what they may weigh; those before {@link #refined} are exact, in order of refinement. */
    private int[] rows;

    private double[] least;
    private double[] greatest;
    private int refined;
    private ClassIntervals intervals;

    /**
     * @param tolerance 1 where only the class matters
     * @param labels of every row, or {@link CertifiedScan#REMOVED}
     */
    Refinement(double theta, double tolerance, int[] labels, int classes) {
        this.theta = theta;
        this.tolerance = tolerance;
        this.labels = labels;
        far = new ClassIntervals(classes);
    }

    /** How many keys were computed exactly. */
    int refined() {
        return refined;
    }

    ClassIntervals intervals() {
        return intervals;
    }

    /** Whether the answer is certain after no more than {@code limit} keys; gives up early where it cannot be. */
    boolean certain(float[] centers, float[] radii, int limit, ExactScores exact) {
        if (!bound(centers, radii)) {
            return false;
        }
        sum();
        if (done()) {
            return true;
        }
        sort();
        int wanted = tolerance < 1 ? needed() : FIRST_STEP;
        double[] scores = new double[rows.length];
        while (wanted <= limit && refined < rows.length) {
            int end = Math.min(wanted, rows.length);
            exact.compute(rows, refined, end, scores);
            for (int i = refined; i < end; i++) {
                least[i] = greatest[i] = Math.exp(theta * (scores[i] - reference));
            }
            refined = end;
            sum();
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
        return tolerance >= 1 || intervals.probabilities(new float[intervals.low.length], 0) <= tolerance;
    }

    private boolean bound(float[] centers, float[] radii) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int row = 0; row < centers.length; row++) {
            if (labels[row] == CertifiedScan.REMOVED) {
                continue;
            }
            reference = Math.max(reference, (double) centers[row] - radii[row]);
            highest = Math.max(highest, (double) centers[row] + radii[row]);
        }
        if (!(theta * (highest - reference) < LARGEST_EXPONENT)) {
            return false;
        }
        double each = NEGLIGIBLE / centers.length;
        double threshold = theta == 0 ? Double.NEGATIVE_INFINITY : reference + Math.log(each) / theta;
        int count = 0;
        rows = new int[centers.length];
        for (int row = 0; row < centers.length; row++) {
            if (labels[row] == CertifiedScan.REMOVED) {
                continue;
            }
            if ((double) centers[row] + radii[row] < threshold) {
                far.add(labels[row], 0, each);
            } else {
                rows[count++] = row;
            }
        }
        rows = Arrays.copyOf(rows, count);
        least = new double[count];
        greatest = new double[count];
        for (int i = 0; i < count; i++) {
            double center = centers[rows[i]];
            double radius = radii[rows[i]];
            least[i] = Math.exp(theta * (center - radius - reference));
            greatest[i] = Math.exp(theta * (center + radius - reference));
        }
        return true;
    }

    private void sum() {
        intervals = new ClassIntervals(far.low.length);
        for (int c = 0; c < far.low.length; c++) {
            intervals.add(c, far.low[c], far.high[c]);
        }
        for (int i = 0; i < rows.length; i++) {
            intervals.add(labels[rows[i]], least[i], greatest[i]);
        }
    }

    /** Greatest uncertainty first; where only the class matters, keys of classes that contend before all others. */
    private void sort() {
        boolean[] contends = new boolean[far.low.length];
        for (int c = 0; c < contends.length; c++) {
            contends[c] = tolerance < 1 || intervals.contends(c);
        }
        long[] order = new long[rows.length];
        for (int i = 0; i < order.length; i++) {
            float uncertainty = contends[labels[rows[i]]] ? (float) (greatest[i] - least[i]) : 0;
            order[i] = ((long) Integer.MAX_VALUE - Float.floatToIntBits(uncertainty)) << Integer.SIZE | i;
        }
        Arrays.sort(order);
        int[] sortedRows = new int[order.length];
        double[] sortedLeast = new double[order.length];
        double[] sortedGreatest = new double[order.length];
        for (int i = 0; i < order.length; i++) {
            int from = (int) order[i];
            sortedRows[i] = rows[from];
            sortedLeast[i] = least[from];
            sortedGreatest[i] = greatest[from];
        }
        rows = sortedRows;
        least = sortedLeast;
        greatest = sortedGreatest;
    }

    /** How many keys it takes until the rest is too uncertain by no more than the tolerance, where weights are middling. */
    private int needed() {
        double total = 0;
        double uncertain = 0;
        for (int i = 0; i < rows.length; i++) {
            total += (least[i] + greatest[i]) / 2;
            uncertain += greatest[i] - least[i];
        }
        int count = 0;
        while (count < rows.length && uncertain > 2 * tolerance * total) {
            uncertain -= greatest[count] - least[count];
            count++;
        }
        return Math.max(FIRST_STEP, count);
    }
}
