package io.github.afterimage.experiment;

import io.github.afterimage.DifferentiableModel;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.attack.Attack;
import io.github.afterimage.attack.Result;
import io.github.afterimage.attack.Target;
import io.github.afterimage.data.Image;
import io.github.afterimage.data.ImageSet;
import io.github.afterimage.network.DifferentiableNetwork;
import io.github.afterimage.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
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
    private final Map<Victim, Target> targets = new EnumMap<>(Victim.class);
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
        targets.put(Victim.NETWORK, under(model.with(new Hyperparameters(theta, 0))));
        targets.put(Victim.MIXED, under(model));
        targets.put(Victim.CACHE, under(model.with(new Hyperparameters(cacheTheta, 1))));
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
     * @param accuracy of each victim on the successful images, by the true class
     * @param elsewhere the accuracy of another network on them, or NaN
     */
    public record Row(
            Victim victim,
            String attack,
            int attacked,
            int successes,
            double meanSize,
            double medianSize,
            Map<Victim, Double> accuracy,
            double elsewhere,
            double seconds,
            List<Image> originals,
            List<Image> adversarials,
            int[] labels) {}

    /**
     * Attacks one victim.
     *
     * @param limit the most images
     * @param other another network, or null
     */
    public Row attack(Victim victim, Attack attack, int limit, Network other) {
        int count = Math.min(limit, rows.length);
        float[] attacked = Arrays.copyOf(images, count * size());
        Stopwatch watch = new Stopwatch();
        watch.start();
        Result result = attack.run(targets.get(victim), space.space(), attacked);
        watch.stop();
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
                accuracy,
                other == null ? Double.NaN : accuracy(other, adversarials, truth),
                watch.seconds(),
                originals,
                adversarials,
                truth);
    }

    /** Of a victim on the images as they are. */
    public double cleanAccuracy(Victim victim) {
        return accuracy(targets.get(victim), images, labels);
    }

    /** Of another network on the images as they are. */
    public double cleanAccuracy(Network other) {
        List<Image> all = IntStream.range(0, rows.length)
                .mapToObj(i -> space.image(Arrays.copyOfRange(images, i * size(), (i + 1) * size())))
                .toList();
        return accuracy(other, all, labels);
    }

    /**
     * The singular values of the Jacobian of a victim's probabilities, with respect to the values of the space, at each image.
     *
     * @return {@code (images, classes)}, descending; the root of their squares' sum is the Jacobian's norm
     */
    public double[][] singularValues(Victim victim) {
        return Jacobians.singularValues(targets.get(victim), images, size());
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

    private static double accuracy(Network network, List<Image> images, int[] truth) {
        float[] probabilities = new float[images.size() * network.classes()];
        network.run(images, null, FloatBuffer.wrap(probabilities));
        int right = 0;
        for (int i = 0; i < truth.length; i++) {
            int start = i * network.classes();
            int best = start;
            for (int c = start; c < start + network.classes(); c++) {
                best = probabilities[c] > probabilities[best] ? c : best;
            }
            right += best - start == truth[i] ? 1 : 0;
        }
        return (double) right / truth.length;
    }
}
