package io.github.afterimage.experiments.novelty;

/**
 * A score that tells examples like the known ones from others; the known ones should have the greater score.
 *
 * @param kind of the score
 * @param parameter θ of a log mass, the place of a neighbour, and 0 for others
 */
public record Detector(Kind kind, double parameter) {
    /** The score that a detector uses. */
    public enum Kind {
        /** log Σ_k exp(θ (s_k − 1)) over all keys. */
        LOG_MASS("log mass"),
        /** The similarity of the k-th nearest key (Sun et al., 2022). */
        NEIGHBOR("similarity of neighbor"),
        /** The network's greatest probability (Hendrycks and Gimpel, 2017). */
        PROBABILITY("the network's greatest probability"),
        /** The negative energy: log Σ_c exp(logit_c) (Liu et al., 2020). */
        ENERGY("the network's energy");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /** Returns the name for people, such as {@code log mass, theta 50}. */
    public String words() {
        String number =
                parameter == Math.rint(parameter) ? Long.toString((long) parameter) : Double.toString(parameter);
        return switch (kind) {
            case LOG_MASS -> kind.words + ", theta " + number;
            case NEIGHBOR -> kind.words + " " + number;
            case PROBABILITY, ENERGY -> kind.words;
        };
    }
}
