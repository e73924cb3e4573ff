package io.github.afterimage.experiments.robustness;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.DifferentiableNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Attacks on a network, the mixture and the cache alone, and what each says of the images made against another. */
public final class Robustness {
    private static final int BATCH = 128;

    /** What can be attacked. */
    public enum Victim {
        NETWORK,
        MIXED,
        CACHE
    }

    private final AttackSpace space;
    private final Map<Victim, ModelUnderAttack> targets = new EnumMap<>(Victim.class);
    private final int[] rows;
    private final int[] labels;
    private final float[] images;

    /**
     * @param cacheTheta θ of the cache alone
     * @param count how many images are drawn
     * @param seed of the draw
     * @throws IllegalArgumentException if there are fewer images
     */
    public Robustness(
            DifferentiableNetwork network,
            DifferentiableModel model,
            double cacheTheta,
            AttackSpace space,
            ImageSet set,
            int count,
            long seed)
            throws IOException {
        if (count < 1 || count > set.size()) {
            throw new IllegalArgumentException("count " + count + " is outside 1.." + set.size());
        }
        this.space = space;
        double theta = model.hyperparameters().theta();
        targets.put(Victim.NETWORK, new ModelUnderAttack(model.with(new Hyperparameters(theta, 0)), space));
        targets.put(Victim.MIXED, new ModelUnderAttack(model, space));
        targets.put(Victim.CACHE, new ModelUnderAttack(model.with(new Hyperparameters(cacheTheta, 1)), space));
        rows = drawn(set.size(), count, seed);
        labels = Arrays.stream(rows).map(set::label).toArray();
        int size = network.inputSize();
        images = new float[count * size];
        for (int i = 0; i < count; i++) {
            System.arraycopy(space.of(network, set.image(rows[i])), 0, images, i * size, size);
        }
    }

    /** A model as attacks see it, in the space of this experiment. */
    public Target under(DifferentiableModel model) {
        return new ModelUnderAttack(model, space);
    }

    static int[] drawn(int size, int count, long seed) {
        int[] all = IntStream.range(0, size).toArray();
        Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            int other = i + random.nextInt(size - i);
            int drawn = all[other];
            all[other] = all[i];
            all[i] = drawn;
        }
        return Arrays.copyOf(all, count);
    }

    /**
     * One attack on one victim.
     *
     * @param attacked how many images
     * @param successes of how many the victim's class changed
     * @param meanSize ‖x_adv - x‖ / ‖x‖ over the successes, as the paper gives it
     * @param medianSize over all images, failures counted as infinite
     * @param wrongBefore how many of the successes the victim had wrong as they were: only there can it be right afterwards
     * @param accuracy of each victim on the successful images, by the true class
     * @param elsewhere whether another network's models are right about each of them; empty without one
     */
    public record Row(
            Victim victim,
            String attack,
            int attacked,
            int successes,
            double meanSize,
            double medianSize,
            int wrongBefore,
            Map<Victim, Double> accuracy,
            Map<Victim, boolean[]> elsewhere,
            double seconds,
            List<Image> originals,
            List<Image> adversarials,
            int[] labels) {}

    /**
     * Attacks one victim.
     *
     * @param limit the most images
     * @param other another model, or null
     */
    public Row attack(Victim victim, Attack attack, int limit, AnotherModel other) {
        float[] attacked = attacked(limit);
        Stopwatch watch = new Stopwatch();
        watch.start();
        Result result = attack.run(targets.get(victim), space.space(), attacked);
        watch.stop();
        return row(victim, attack, result, watch.seconds(), other);
    }

    /**
     * Single pixels on several victims in one pass, which all see the same images: the network, which takes most of the
     * time, is run once for all.
     *
     * @return of each victim a row as {@link #attack} gives it, with the time of all together
     */
    public Map<Victim, Row> attackTogether(
            Collection<Victim> victims, SinglePixel attack, int limit, AnotherModel other) {
        List<Victim> all = List.copyOf(victims);
        List<ModelUnderAttack> models = all.stream().map(targets::get).toList();
        Stopwatch watch = new Stopwatch();
        watch.start();
        List<Result> results =
                attack.runTogether(images -> ModelUnderAttack.answers(models, images), space.space(), attacked(limit));
        watch.stop();
        Map<Victim, Row> rows = new EnumMap<>(Victim.class);
        for (int i = 0; i < all.size(); i++) {
            rows.put(all.get(i), row(all.get(i), attack, results.get(i), watch.seconds(), other));
        }
        return rows;
    }

    private float[] attacked(int limit) {
        return Arrays.copyOf(images, Math.min(limit, rows.length) * size());
    }

    private Row row(Victim victim, Attack attack, Result result, double seconds, AnotherModel other) {
        int count = result.count();
        int[] won = IntStream.range(0, count).filter(result::succeeded).toArray();
        int[] truth = Arrays.stream(won).map(i -> labels[i]).toArray();
        float[] found = new float[won.length * size()];
        List<Image> originals = new ArrayList<>();
        List<Image> adversarials = new ArrayList<>();
        for (int i = 0; i < won.length; i++) {
            float[] one = result.found(won[i]);
            System.arraycopy(one, 0, found, i * size(), size());
            adversarials.add(space.image(one));
            originals.add(space.image(Arrays.copyOfRange(images, won[i] * size(), (won[i] + 1) * size())));
        }
        Map<Victim, Double> accuracy = new EnumMap<>(Victim.class);
        for (Victim each : Victim.values()) {
            accuracy.put(each, accuracy(targets.get(each), found, truth));
        }
        double[] sizes = IntStream.range(0, count)
                .mapToDouble(result::relativeSize)
                .sorted()
                .toArray();
        double median = (sizes[(count - 1) / 2] + sizes[count / 2]) / 2;
        return new Row(
                victim,
                attack.name(),
                count,
                won.length,
                DoubleStream.of(sizes).filter(Double::isFinite).average().orElse(Double.NaN),
                median,
                (int) Arrays.stream(won)
                        .filter(i -> result.label(i) != labels[i])
                        .count(),
                accuracy,
                other == null ? Map.of() : other.right(adversarials, truth),
                seconds,
                originals,
                adversarials,
                truth);
    }

    /** Of a victim on the images as they are. */
    public double cleanAccuracy(Victim victim) {
        return accuracy(targets.get(victim), images, labels);
    }

    /** Whether another network's models are right about each of the images as they are. */
    public Map<Victim, boolean[]> cleanElsewhere(AnotherModel other) {
        List<Image> all = IntStream.range(0, rows.length)
                .mapToObj(i -> space.image(Arrays.copyOfRange(images, i * size(), (i + 1) * size())))
                .toList();
        return other.right(all, labels);
    }

    /**
     * The singular values of the Jacobian of a victim's probabilities, with respect to the values of the space, at each image.
     *
     * @return {@code (images, classes)}, descending; the root of their squares' sum is the Jacobian's norm
     */
    public double[][] singularValues(Victim victim, Progress progress) {
        return Jacobians.singularValues(targets.get(victim), images, size(), progress);
    }

    /** The share of images at which the loss has a gradient of only zeros, so that there is nothing to follow. */
    public double vanishing(Victim victim) {
        int vanished = 0;
        for (int first = 0; first < rows.length; first += BATCH) {
            int count = Math.min(BATCH, rows.length - first);
            Target target = targets.get(victim);
            Target.Answer answer = target.answer(Arrays.copyOfRange(images, first * size(), (first + count) * size()));
            double[] cotangents = new double[count * target.classes()];
            for (int i = 0; i < count; i++) {
                int best = answer.best(i);
                cotangents[i * target.classes() + best] = -1 / answer.probability(i, best);
            }
            float[] gradient = answer.gradient(cotangents);
            for (int i = 0; i < count; i++) {
                int start = i * size();
                vanished += IntStream.range(start, start + size()).allMatch(j -> gradient[j] == 0) ? 1 : 0;
            }
        }
        return (double) vanished / rows.length;
    }

    private int size() {
        return space.space().values();
    }

    private double accuracy(Target target, float[] found, int[] truth) {
        int right = 0;
        for (int first = 0; first < truth.length; first += BATCH) {
            int count = Math.min(BATCH, truth.length - first);
            Target.Answer answer = target.answer(Arrays.copyOfRange(found, first * size(), (first + count) * size()));
            for (int i = 0; i < count; i++) {
                right += answer.best(i) == truth[first + i] ? 1 : 0;
            }
        }
        return (double) right / truth.length;
    }
}
