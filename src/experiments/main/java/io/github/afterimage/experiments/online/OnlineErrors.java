package io.github.afterimage.experiments.online;

/**
 * The errors of an online experiment.
 *
 * @param half h, the number of keys with which the cache has half its weight; 0 gives it all of its weight from the first
 *     key on
 * @param tunedOn the number of examples that θ, λ and h were tuned on
 * @param seen the number of predicted examples at each of some points
 * @param networkErrors the network's errors up to each point
 * @param mixedErrors the mixture's errors up to each point
 * @param keys the number of keys at the end
 */
public record OnlineErrors(
        double theta,
        double lambda,
        double beta,
        int half,
        long tunedOn,
        int[] seen,
        int[] networkErrors,
        int[] mixedErrors,
        long keys) {
    /** Returns the error rate after a point, -1 for the begin, until another. */
    double error(int[] errors, int from, int to) {
        int before = from < 0 ? 0 : errors[from];
        return (double) (errors[to] - before) / (seen[to] - (from < 0 ? 0 : seen[from]));
    }
}
