package io.github.afterimage;

import io.github.afterimage.TuningGrid.Place;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Searches a grid of θ and λ, as in the paper, and of β, batch by batch: counts the errors of the mixture (1 - λ) p_net + λ p_mem
 * at every point, and of the cache alone for every θ and β. If the examples come without the network's probabilities, it counts
 * the errors of the cache alone.
 *
 * <p>β is chosen by the mean of -log p of the true class, at the best θ and λ of each β: the smallest β that is at most one
 * standard error of the difference worse than the best one. θ and λ are those with the fewest errors at this β. Errors alone would
 * choose β by few examples: -log p counts how sure every answer is.
 *
 * <pre>{@code
 * Tuner tuner = new Tuner(Tuner.grid(10, 90, 9), Tuner.grid(0, 1, 11));
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     float[] queries = new float[index.dim()];
 *     float[] network = new float[index.classes()];
 *     tuner.accept(index.query(queries, tuner.thetas()), network, new int[] {0});
 * }
 * System.out.println(tuner.best().hyperparameters());
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class Tuner {
    private final double[] thetas;
    private final double[] betas;
    private final double[] lambdas;
    private final TuningGrid mixture;
    private final TuningGrid cacheAlone;
    private final SplittableRandom parts = new SplittableRandom(1);
    private final List<Integer> labels = new ArrayList<>(); // of each example
    private final List<double[]> novelties =
            new ArrayList<>(); // of each example: of the mixture, of the cache alone; score of the nearest key
    private long networkErrors;
    private long examples;
    private boolean network; // true if examples come with its probabilities

    /**
     * @param thetas at least one, each finite and not negative
     * @param lambdas at least one, each in 0..1
     * @throws IllegalArgumentException if a list is empty or a value is out of range
     */
    public Tuner(double[] thetas, double[] lambdas) {
        this(thetas, new double[] {0}, lambdas);
    }

    /**
     * @param thetas at least one, each finite and not negative
     * @param betas at least one, ascending, each finite and not negative
     * @param lambdas at least one, each in 0..1
     * @throws IllegalArgumentException if a list is empty, a value is out of range, or the betas do not ascend
     */
    public Tuner(double[] thetas, double[] betas, double[] lambdas) {
        if (thetas.length == 0 || betas.length == 0 || lambdas.length == 0) {
            throw new IllegalArgumentException(
                    "the grid is empty: expected at least one theta, one beta and one lambda");
        }
        Arrays.stream(thetas).forEach(Hyperparameters::checkTheta);
        Arrays.stream(betas).forEach(Hyperparameters::checkBeta);
        Arrays.stream(lambdas).forEach(Hyperparameters::checkLambda);
        for (int b = 1; b < betas.length; b++) {
            if (!(betas[b] > betas[b - 1])) {
                throw new IllegalArgumentException(
                        "beta " + betas[b] + " after " + betas[b - 1] + ": expected ascending values");
            }
        }
        this.thetas = thetas.clone();
        this.betas = betas.clone();
        this.lambdas = lambdas.clone();
        mixture = new TuningGrid(thetas.length, betas.length, this.lambdas);
        cacheAlone = new TuningGrid(thetas.length, betas.length, new double[] {1});
    }

    /** Returns {@code count} evenly spaced values from {@code first} to {@code last}, both included. */
    public static double[] grid(double first, double last, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count " + count + ": expected a positive number");
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = count == 1 ? first : rounded(first + (last - first) * i / (count - 1));
        }
        return values;
    }

    /** Rounds to twelve digits, which turns 0.7000000000000001 into 0.7. */
    public static double rounded(double value) {
        return new BigDecimal(value).round(new MathContext(12)).doubleValue();
    }

    /** Returns a copy of the thetas of the grid. */
    public double[] thetas() {
        return thetas.clone();
    }

    /** Returns a copy of the betas of the grid. */
    public double[] betas() {
        return betas.clone();
    }

    /** Returns a copy of the lambdas of the grid. */
    public double[] lambdas() {
        return lambdas.clone();
    }

    /**
     * Counts the errors of a batch.
     *
     * @param cache the answer of the cache for the thetas and betas of the grid
     * @param network the network's probabilities {@code (batch, classes)} row-major, or null; rows of fewer values lack the last
     *     classes, see {@link Mixture#of(double, float[], float[])}
     * @param labels the true class of each
     * @throws IllegalArgumentException if the numbers do not fit, or a label is out of range; nothing is counted then
     */
    public void accept(Answer cache, float @Nullable [] network, int[] labels) {
        accept(cache.points(), network, labels);
    }

    /**
     * Counts the errors of a batch.
     *
     * @param points answers of the cache: for each theta in order, one for each beta in order
     * @param network the network's probabilities {@code (batch, classes)} row-major, or null
     * @param labels the true class of each
     * @throws IllegalArgumentException if the numbers do not fit, or a label is out of range; nothing is counted then
     */
    public void accept(List<Answer> points, float @Nullable [] network, int[] labels) {
        checkPoints(points.size());
        int classes = points.get(0).classes();
        for (Answer answer : points) {
            if (answer.batch() != labels.length || answer.classes() != classes) {
                throw new IllegalArgumentException("distributions (" + answer.batch() + ", " + answer.classes()
                        + "): expected (" + labels.length + ", " + classes + ")");
            }
        }
        int known = network == null || labels.length == 0 ? classes : network.length / labels.length;
        if (network != null && (known < 1 || known > classes || network.length != (long) labels.length * known)) {
            throw new IllegalArgumentException("network's probabilities hold " + network.length + " values: expected "
                    + labels.length + " labels x " + classes + " classes, or fewer classes");
        }
        for (int label : labels) {
            checkLabel(label, classes);
        }
        checkKind(network != null);
        float[][] rows = new float[points.size()][];
        for (int row = 0; row < labels.length; row++) {
            for (int i = 0; i < rows.length; i++) {
                rows[i] = points.get(i).row(row).probabilities();
            }
            float[] ofRow = network == null ? null : Arrays.copyOfRange(network, row * known, (row + 1) * known);
            Answer.Row first = points.get(0).row(row);
            if (first.hasDistances()) {
                novelties.add(new double[] {
                    first.novelty(ofRow),
                    first.novelty(null),
                    first.hasNeighbors() ? first.neighbors().get(0).score() : NoveltyThreshold.EQUAL
                });
            }
            accept(rows, ofRow, labels[row]);
        }
    }

    /**
     * Counts the errors of one example.
     *
     * @param cache {@code (thetas * betas, classes)}: for each theta in order, the cache's distribution for each beta in order
     * @param network the network's probabilities {@code (classes)}, without those of the last ones if it lacks them; or null
     * @param label the true class
     * @throws IllegalArgumentException if the numbers do not fit, or the label is out of range
     */
    public void accept(float[][] cache, float @Nullable [] network, int label) {
        checkPoints(cache.length);
        int classes = cache[0].length;
        for (float[] distribution : cache) {
            if (distribution.length != classes || network != null && network.length > classes) {
                throw new IllegalArgumentException("the cache's distribution has " + distribution.length
                        + " classes: expected " + (network == null ? classes : "the network's " + network.length));
            }
        }
        if (network != null && network.length == 0) {
            throw new IllegalArgumentException(
                    "the network's probabilities are empty: expected those of a class at least");
        }
        checkLabel(label, classes);
        checkKind(network != null);
        this.network = network != null;
        examples++;
        labels.add(label);
        int part = parts.nextInt(TuningGrid.PARTS);
        float[] ofLabel = new float[cache.length];
        for (int point = 0; point < ofLabel.length; point++) {
            ofLabel[point] = cache[point][label];
        }
        cacheAlone.add(cache, ofLabel, null, label, part);
        if (network != null) {
            networkErrors += Mixture.best(network) == label ? 0 : 1;
            mixture.add(cache, ofLabel, network, label, part);
        }
    }

    private void checkPoints(int count) {
        if (count != thetas.length * betas.length) {
            throw new IllegalArgumentException(count + " distributions: expected one for each of " + thetas.length
                    + " thetas" + (betas.length == 1 ? "" : " x " + betas.length + " betas"));
        }
    }

    private void checkKind(boolean hasNetwork) {
        if (examples > 0 && network != hasNetwork) {
            throw new IllegalArgumentException(
                    "examples with the network's probabilities and without: expected all of one kind");
        }
    }

    private static void checkLabel(int label, int classes) {
        if (label < 0 || label >= classes) {
            throw new IllegalArgumentException("label " + label + ": expected 0 to " + (classes - 1));
        }
    }

    private void checkExamples() {
        if (examples == 0) {
            throw new IllegalStateException("no example was counted: call accept before asking for the best point");
        }
    }

    /** Number of examples counted. */
    public long examples() {
        return examples;
    }

    /** Returns true if the examples came with the network's probabilities; false before any was counted. */
    public boolean hasNetwork() {
        return network;
    }

    /**
     * Returns the error rate of the network alone, in 0..1.
     *
     * @throws IllegalStateException if the examples came without its probabilities
     */
    public double networkError() {
        checkNetwork();
        return (double) networkErrors / examples;
    }

    /**
     * Returns the error rate of the mixture at a point of the grid and the β of {@link #best}, in 0..1.
     *
     * @throws IllegalStateException if the examples came without the network's probabilities
     */
    public double mixedError(int theta, int lambda) {
        checkNetwork();
        return rate(mixture, theta, lambda);
    }

    private void checkNetwork() {
        if (examples > 0 && !network) {
            throw new IllegalStateException(
                    "the examples have no probabilities of the network: ask for the cache alone");
        }
    }

    /** Returns the error rate of the cache alone, at the β of {@link #bestCacheOnly}, in 0..1. */
    public double cacheOnlyError(int theta) {
        return rate(cacheAlone, theta, 0);
    }

    private double rate(TuningGrid grid, int theta, int lambda) {
        return (double) grid.errors(grid.bestBeta(TuningGrid.NONE), TuningGrid.NONE)[theta][lambda] / examples;
    }

    /**
     * A point of the grid.
     *
     * @param error error rate of the model at that point, in 0..1
     * @param corrected number of errors of the network that this model does not make; 0 without a network
     * @param broken number of errors of this model that the network does not make; 0 without a network
     */
    public record Point(Hyperparameters hyperparameters, double error, long corrected, long broken) {}

    /**
     * Returns the point with the fewest errors of the mixture at the best β; of equals, the one with the first θ, then the first λ.
     * If λ is 0, all θ and β are equal, and they are those of {@link #bestCacheOnly}. Without the network's probabilities, the point is {@link
     * #bestCacheOnly}.
     *
     * @throws IllegalStateException before any example was counted
     */
    public Point best() {
        checkExamples();
        if (!network) {
            return bestCacheOnly();
        }
        Place best = best(TuningGrid.NONE);
        long corrected = mixture.corrected(best);
        long errors = mixture.errors(best.beta(), TuningGrid.NONE)[best.theta()][best.lambda()];
        return new Point(
                hyperparameters(mixture, best),
                (double) errors / examples,
                corrected,
                errors - (networkErrors - corrected));
    }

    /** @param without the part that does not choose */
    private Place best(int without) {
        Place best = chosen().best(without);
        if (chosen().lambdas[best.lambda()] > 0) {
            return best;
        }
        Place alone = cacheAlone.best(without);
        return new Place(alone.theta(), alone.beta(), best.lambda());
    }

    private TuningGrid chosen() {
        return network ? mixture : cacheAlone;
    }

    private Hyperparameters hyperparameters(TuningGrid grid, Place place) {
        return new Hyperparameters(thetas[place.theta()], grid.lambdas[place.lambda()], betas[place.beta()]);
    }

    /**
     * Returns the theta with the fewest errors of the cache alone, with λ = 1 and the best β for it; the first of equals. Does not
     * compare the cache with the network.
     *
     * @throws IllegalStateException before any example was counted
     */
    public Point bestCacheOnly() {
        checkExamples();
        Place best = cacheAlone.best(TuningGrid.NONE);
        return new Point(hyperparameters(cacheAlone, best), cacheOnlyError(best.theta()), 0, 0);
    }

    /**
     * Returns the threshold of {@link Answer.Row#novelty} that at most a share of the examples is above, of the mixture if the examples
     * have the network's probabilities. A query above it is hardly like any key. Empty if an example came without {@link
     * Query#distances}, or if more examples than the share found no class with keys. Examples with {@link Query#neighbors} also tell how
     * near a key must be to make up for a greater novelty: nearer than to 95 % of them.
     *
     * @param share at least 0 and less than 1, such as {@link NoveltyThreshold#SHARE}
     * @throws IllegalArgumentException if the share is out of range
     * @throws IllegalStateException before any example was counted
     */
    public Optional<NoveltyThreshold> noveltyThreshold(double share) {
        NoveltyThreshold.checkShare(share);
        checkExamples();
        return novelties.size() < examples || most(1, share) == Double.POSITIVE_INFINITY
                ? Optional.empty()
                : Optional.of(new NoveltyThreshold(
                        network,
                        most(network ? 0 : 1, share),
                        share,
                        Math.min(NoveltyThreshold.EQUAL, most(2, NoveltyThreshold.SHARE_NEAR))));
    }

    private double most(int score, double share) {
        double[] ascending =
                novelties.stream().mapToDouble(scores -> scores[score]).sorted().toArray();
        return ascending[ascending.length - 1 - (int) (share * ascending.length)];
    }

    /**
     * Returns the best θ, λ and β, and the usual threshold of novelty, as attributes of an index.
     *
     * @throws IllegalStateException before any example was counted
     */
    public Map<String, String> attributes() {
        return attributes(NoveltyThreshold.SHARE);
    }

    /**
     * Returns the best θ, λ and β, and {@link #noveltyThreshold}, of the mixture and of the cache alone, as attributes of an index.
     *
     * @throws IllegalArgumentException if the share is out of range
     * @throws IllegalStateException before any example was counted
     */
    public Map<String, String> attributes(double share) {
        Map<String, String> attributes = new HashMap<>(best().hyperparameters().attributes());
        noveltyThreshold(share).ifPresent(threshold -> {
            attributes.put(
                    network ? NoveltyThreshold.MOST : NoveltyThreshold.MOST_ALONE, Double.toString(threshold.most()));
            attributes.put(NoveltyThreshold.MOST_ALONE, Double.toString(most(1, share)));
            attributes.put(NoveltyThreshold.NEAR, Double.toString(threshold.near()));
            attributes.put(NoveltyThreshold.SHARE_ABOVE, Double.toString(share));
        });
        attributes.put(PredictionSets.ATTRIBUTE, predictionSets());
        return attributes;
    }

    /** Returns attributes of an index with those of {@link #attributes(double)} in place of those of the tuning before. */
    public Map<String, String> attributes(Map<String, String> before, double share) {
        Map<String, String> all = new HashMap<>(before);
        all.keySet().removeAll(NoveltyThreshold.ATTRIBUTES);
        all.putAll(attributes(share));
        return all;
    }

    /** Takes the probability of each example at the point that the other parts choose, or at that of all, where it is less. */
    private String predictionSets() {
        Place ofAll = best(TuningGrid.NONE);
        Place[] ofParts =
                IntStream.range(0, TuningGrid.PARTS).mapToObj(this::best).toArray(Place[]::new);
        List<Double> probabilities = IntStream.range(0, labels.size())
                .mapToObj(example -> chosen().probability(example, ofAll, ofParts))
                .toList();
        return PredictionSets.text(best().hyperparameters(), labels, probabilities);
    }

    /** Returns the prediction sets that an index has from tuning; empty if there are none, or they are for another θ, λ or β. */
    public static Optional<PredictionSets> predictionSets(CacheIndex index, Hyperparameters used) {
        return index.storedSets().filter(sets -> sets.areFor(used));
    }

    /**
     * Returns the prediction sets that an index has from tuning.
     *
     * @param coverage the probability with which a set has the true class
     * @throws IllegalArgumentException if it is out of range or more than the tuning examples give, or if there are no sets, or they are
     *     for another θ, λ or β; the message names the remedy
     */
    public static PredictionSets predictionSets(CacheIndex index, Hyperparameters used, double coverage) {
        PredictionSets.checkCoverage(coverage);
        PredictionSets sets = index.storedSets()
                .orElseThrow(() -> new IllegalArgumentException("the index has no prediction sets: run tune --save"));
        if (!sets.areFor(used)) {
            throw sets.areForOthers(used);
        }
        List<String> names = index.classNames();
        double[] unused = sets.least(coverage, label -> quoted(names, label)); // throws if there are no such sets
        return sets;
    }

    private static String quoted(List<String> names, int label) {
        return names.get(label).equals("class " + label) ? Integer.toString(label) : "\"" + names.get(label) + "\"";
    }

    /**
     * Saves an index with the best θ, λ and β and the usual threshold of novelty, in place of those that it had.
     *
     * @throws IllegalStateException before any example was counted
     * @throws IOException as {@link CacheIndex#save(Path)}
     */
    public void save(CacheIndex index, Path file) throws IOException {
        index.files().save(file, attributes(index.attributes(), NoveltyThreshold.SHARE));
    }

    /** Returns true if the first θ has fewer errors than every other; a smaller one may then have even fewer. */
    public boolean bestIsFirstTheta() {
        checkExamples();
        long[] errors = chosen().leastErrors();
        return errors.length > 1
                && errors[0] < Arrays.stream(errors).skip(1).min().orElseThrow();
    }

    /** Returns true if the last θ has fewer errors than every other; a greater one may then have even fewer. */
    public boolean bestIsLastTheta() {
        checkExamples();
        return thetas.length > 1 && TuningGrid.first(chosen().leastErrors()) == thetas.length - 1;
    }

    /**
     * Returns the mean of -log p of the true class in the mixture, or of the cache without a network, at the β of {@link #best} and
     * the θ and λ that make it least. Of several indexes over the same examples, the one with the least has the best keys.
     *
     * @throws IllegalStateException before any example was counted
     */
    public double logLoss() {
        checkExamples();
        return chosen().meanLoss();
    }

    @Override
    public String toString() {
        return "Tuner[" + thetas.length + " thetas, " + betas.length + " betas, " + lambdas.length + " lambdas, "
                + examples + " examples]";
    }
}
