package io.github.afterimage.experiments.sets;

import java.util.Arrays;
import java.util.Locale;

/** Tells from the probabilities of an example how little each class fits it. A set has the classes with small scores. */
enum NonconformityScore {
    /** 1 - p(c), of least ambiguous classes (Sadinle, Lei and Wasserman, 2019): the smallest sets in the mean. */
    LAC,
    /**
     * Σ_{p(c') > p(c)} p(c') + u p(c), of adaptive prediction sets (Romano, Sesia and Candès, 2020): larger sets, whose size
     * follows the difficulty of an example.
     */
    APS;

    /** Returns its name in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Computes the score of each class.
     *
     * @param p the probabilities of all classes
     * @param u drawn from 0..1, the same for all classes of an example; decides between sets of neighbouring size
     */
    double[] of(double[] p, double u) {
        double[] scores = new double[p.length];
        for (int c = 0; c < p.length; c++) {
            double own = p[c];
            scores[c] = this == LAC
                    ? 1 - own
                    : u * own + Arrays.stream(p).filter(other -> other > own).sum();
        }
        return scores;
    }
}
