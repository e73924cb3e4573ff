package io.github.afterimage.experiments.attacks;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Attacks a network, the mixture and the cache alone, and shows each the images that were changed against another of them. */
final class AttackedModels {
    private static final int BATCH = 128;

    private final AttackSpace space;
    private final Map<Victim, DifferentiableModel> models = new EnumMap<>(Victim.class);
    private final int[] labels;
    private final float[] images;

    /**
     * Draws images at random.
     *
     * @param model the mixture
     * @param ofCache the cache alone
     * @param count the number of images to draw
     * @param seed the seed of the draw
     * @throws IllegalArgumentException if the set has fewer images
     */
    AttackedModels(DifferentiableModel model, Mixture ofCache, AttackSpace space, ImageSet set, int count, long seed)
            throws IOException {
        if (count < 1 || count > set.size()) {
            throw new IllegalArgumentException(
                    "count " + count + ": expected 1 to " + set.size() + ", the number of images in the data");
        }
        this.space = space;
        models.put(Victim.NETWORK, model.withRule(new Mixture(model.rule().theta(), 0)));
        models.put(Victim.MIXED, model);
        models.put(Victim.CACHE, model.withRule(ofCache));
        int[] drawn = draw(set.size(), count, seed);
        labels = Arrays.stream(drawn).map(set::label).toArray();
        images = new float[count * size()];
        for (int i = 0; i < count; i++) {
            System.arraycopy(space.of(set.image(drawn[i])), 0, images, i * size(), size());
        }
    }

    private static int[] draw(int size, int count, long seed) {
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

    /** Returns a model as a target in the space of this experiment, whose gradient an attack can follow. */
    Target target(DifferentiableModel model) {
        return new Target(model.classes(), asked -> answer(model, model.answer(space.inputs(asked)), asked));
    }

    private Target target(Victim victim) {
        return target(model(victim));
    }

    private DifferentiableModel model(Victim victim) {
        return Objects.requireNonNull(models.get(victim), victim.word());
    }

    private Target.Answer answer(DifferentiableModel model, DifferentiableModel.Answer answer, float[] asked) {
        double[] probabilities = new double[asked.length / size() * model.classes()];
        Arrays.setAll(probabilities, i -> answer.probability(i / model.classes(), i % model.classes()));
        return new Target.Answer(
                model.classes(), probabilities, cotangents -> space.gradients(answer.gradient(cotangents)));
    }

    /**
     * Attacks one model.
     *
     * @param limit the maximum number of images
     */
    AttackResult attack(Victim victim, Attack attack, int limit) {
        Stopwatch watch = Stopwatch.started();
        AdversarialImages found = attack.run(target(victim), space.space(), first(limit));
        return result(victim, attack, found, watch.seconds());
    }

    /**
     * Changes single pixels against several models in one pass, for which the network is run once.
     *
     * @return a result for each model as {@link #attack} gives it, except that each has the duration of the whole pass
     */
    Map<Victim, AttackResult> attackTogether(Collection<Victim> victims, SinglePixel attack, int limit) {
        List<Victim> all = List.copyOf(victims);
        Stopwatch watch = Stopwatch.started();
        List<AdversarialImages> found = attack.runTogether(tried -> together(all, tried), space.space(), first(limit));
        double seconds = watch.seconds();
        Map<Victim, AttackResult> results = new EnumMap<>(Victim.class);
        for (int i = 0; i < all.size(); i++) {
            results.put(all.get(i), result(all.get(i), attack, found.get(i), seconds));
        }
        return results;
    }

    /** Asks models about the same images; the network runs once. */
    private List<Target.Answer> together(List<Victim> victims, float[] tried) {
        DifferentiableModel asked =
                model(Collections.max(victims)); // the memory alone needs most of the network's layers
        DifferentiableModel.Answer answer = asked.answer(space.inputs(tried));
        return victims.stream()
                .map(this::model)
                .map(each -> answer(each, each == asked ? answer : answer.withRule(each.rule()), tried))
                .toList();
    }

    private float[] first(int limit) {
        return Arrays.copyOf(images, Math.min(limit, labels.length) * size());
    }

    private AttackResult result(Victim victim, Attack attack, AdversarialImages found, double seconds) {
        int count = found.count();
        double[] sizes = IntStream.range(0, count)
                .mapToDouble(found::relativeSize)
                .sorted()
                .toArray();
        double mean = DoubleStream.of(sizes).filter(Double::isFinite).average().orElse(Double.NaN);
        double median = (sizes[(count - 1) / 2] + sizes[count / 2]) / 2;
        int[] changed = IntStream.range(0, count).filter(found::succeeded).toArray();
        int[] truth = Arrays.stream(changed).map(i -> labels[i]).toArray();
        float[] values = new float[changed.length * size()];
        List<Image> originals = new ArrayList<>();
        List<Image> adversarials = new ArrayList<>();
        for (int i = 0; i < changed.length; i++) {
            float[] one = found.found(changed[i]);
            System.arraycopy(one, 0, values, i * size(), size());
            adversarials.add(space.image(one));
            originals.add(original(changed[i]));
        }
        int wrongBefore = (int)
                Arrays.stream(changed).filter(i -> found.label(i) != labels[i]).count();
        return new AttackResult(
                victim,
                attack.name(),
                count,
                seconds,
                mean,
                median,
                originals,
                adversarials,
                truth,
                wrongBefore,
                accuracies(values, truth));
    }

    private Image original(int image) {
        return space.image(Arrays.copyOfRange(images, image * size(), (image + 1) * size()));
    }

    /** Returns the accuracies of the models on the unchanged images. */
    Map<Victim, Double> accuracies() {
        return accuracies(images, labels);
    }

    /** Returns the Jacobians of a model's probabilities with respect to the values of the space. */
    Jacobians jacobians(Victim victim, Progress progress) {
        return Jacobians.of(target(victim), images, size(), progress);
    }

    /** Returns the share of images that each model classifies correctly; NaN for no images. */
    private Map<Victim, Double> accuracies(float[] values, int[] truth) {
        Map<Victim, Double> accuracies = new EnumMap<>(Victim.class);
        for (Victim victim : models.keySet()) {
            int right = 0;
            for (int first = 0; first < truth.length; first += BATCH) {
                Target.Answer answer = target(victim).answer(batch(values, first, truth.length));
                for (int i = first; i < Math.min(truth.length, first + BATCH); i++) {
                    right += answer.best(i - first) == truth[i] ? 1 : 0;
                }
            }
            accuracies.put(victim, truth.length == 0 ? Double.NaN : (double) right / truth.length);
        }
        return accuracies;
    }

    private float[] batch(float[] values, int first, int count) {
        return Arrays.copyOfRange(values, first * size(), Math.min(count, first + BATCH) * size());
    }

    private int size() {
        return space.space().values();
    }
}
