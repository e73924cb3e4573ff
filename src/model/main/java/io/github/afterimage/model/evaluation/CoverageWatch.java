package io.github.afterimage.model.evaluation;

import io.github.afterimage.answer.PredictionSets;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.apache.commons.numbers.gamma.LogBeta;
import org.apache.commons.statistics.distribution.BetaDistribution;

/**
 * Counts whether prediction sets had the classes that became known later, and tells when the promise is clearly broken: images, keys
 * or shares of classes are then not those of {@code tune} any more.
 *
 * <p>Broken means that the labels seen are 1,000 times as probable for some smaller coverage, of all equally, as for the least coverage
 * that the luck of the tuning examples explains (all but one time in 1,000). This evidence is a supermartingale while the promise holds (a
 * test of Ville, 1939), so it may be read after every label: it ever is that strong by chance for fewer than one in 1,000
 * windows of {@value #WINDOW} labels. Only the last {@value #WINDOW} labels count, so that a change after a long time is seen as soon.
 *
 * <p>Threads: thread-safe.
 */
public final class CoverageWatch {
    private static final int WINDOW = 2_000;
    /** One label more may be taken for a pattern by nobody: fewer are not judged. */
    private static final int LEAST_SEEN = 20;

    private static final double CONFIDENCE = 0.95;
    private static final double RARE = 0.001;

    private final double promised;
    private final double mostMissing; // share that the luck of the tuning examples explains
    private final Deque<Boolean> last = new ArrayDeque<>();
    private int covered; // of the last ones

    /**
     * @param coverage of the sets
     * @throws IllegalArgumentException if the sets cannot have this coverage
     */
    public CoverageWatch(PredictionSets sets, double coverage) {
        List<Integer> unused = sets.labels(label -> 0, coverage); // throws if there are no such sets
        promised = coverage;
        int outside = PredictionSets.outside(sets.examples(), BigDecimal.ONE.subtract(BigDecimal.valueOf(coverage)));
        // The share that sets of one choice of n examples miss has this distribution (Vovk, 2012).
        mostMissing =
                BetaDistribution.of(outside, sets.examples() + 1d - outside).inverseSurvivalProbability(RARE);
    }

    /** Watches sets of the {@linkplain PredictionSets#usualCoverage usual coverage}. */
    public static CoverageWatch of(PredictionSets sets) {
        return new CoverageWatch(sets, sets.usualCoverage());
    }

    /** Counts an image whose class has become known. */
    public synchronized void count(boolean isCovered) {
        last.addLast(isCovered);
        covered += isCovered ? 1 : 0;
        if (last.size() > WINDOW) {
            covered -= last.removeFirst() ? 1 : 0;
        }
    }

    /**
     * The labels that were counted.
     *
     * @param promised the coverage
     * @param seen the number of labels that count, the last ones
     * @param covered the sets of these that had the class
     * @param low of an exact interval of 95 % around the coverage; 0 if nothing was seen
     * @param high of the interval; 1 if nothing was seen
     * @param broken whether the promise is clearly broken
     */
    public record Seen(double promised, int seen, int covered, double low, double high, boolean broken) {
        /** Says it in a sentence. */
        public String sentence() {
            return seen == 0
                    ? format("%s promised; no label was seen", percent(promised))
                    : format(
                            "%s promised, %s of %,d seen, %.1f to %.1f%s",
                            percent(promised),
                            percent((double) covered / seen),
                            seen,
                            100 * low,
                            100 * high,
                            broken ? ": the promise is broken, tune again with labelled images of now" : "");
        }

        private static String percent(double share) {
            return format("%.1f %%", 100 * share).replace(".0 %", " %");
        }

        private static String format(String format, Object... values) {
            return String.format(Locale.ROOT, format, values);
        }
    }

    /** {@return what was seen until now} */
    public synchronized Seen seen() {
        int seen = last.size();
        int missed = seen - covered;
        double tail = (1 - CONFIDENCE) / 2;
        double low =
                covered == 0 ? 0 : BetaDistribution.of(covered, missed + 1d).inverseCumulativeProbability(tail);
        double high =
                missed == 0 ? 1 : BetaDistribution.of(covered + 1d, missed).inverseSurvivalProbability(tail);
        return new Seen(promised, seen, covered, low, high, seen >= LEAST_SEEN && isImprobable(seen, missed));
    }

    /** The likelihood of the sequence, integrated over greater shares of misses, is divided by that at the greatest explained one. */
    private boolean isImprobable(int seen, int missed) {
        double greater = BetaDistribution.of(missed + 1d, seen - missed + 1d).survivalProbability(mostMissing);
        double log = LogBeta.value(missed + 1d, seen - missed + 1d)
                + Math.log(greater)
                - missed * Math.log(mostMissing)
                - (seen - missed + 1) * Math.log1p(-mostMissing);
        return log > -Math.log(RARE);
    }
}
