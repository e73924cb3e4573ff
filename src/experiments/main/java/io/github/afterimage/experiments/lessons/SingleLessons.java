package io.github.afterimage.experiments.lessons;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Teaches lessons one at a time: each is asked again in all forms of its picture, and taken back before the next. */
final class SingleLessons {
    private static final int FORMS = Form.values().length;
    /** The share of other pictures that the nearest key may answer in another way than the network, before any lesson. */
    private static final double CHANGED = 0.001;
    /** The length of a step of the last layer, as a part of that which would make the logit greater by 1 where p is 0. */
    private static final double STEP = 0.05;

    private static final int MAX_STEPS = 10_000;

    private final CacheModel model;
    private final ImageSet images;
    private final SeenImages others;
    private final List<Classification> before; // of the others
    private final int[] byNetwork; // the network's answers to the others
    private final double threshold;

    SingleLessons(CacheModel model, ImageSet images, SeenImages others) {
        this.model = model;
        this.images = images;
        this.others = others;
        before = others.answers(model);
        byNetwork = before.stream().mapToInt(Classification::networkLabel).toArray();
        double[] changing = before.stream()
                .filter(each -> each.neighbors().get(0).label() != each.networkLabel())
                .mapToDouble(each -> each.neighbors().get(0).score())
                .sorted()
                .toArray();
        int last = changing.length - 1 - (int) (CHANGED * others.size());
        threshold = last < 0 ? -1 : changing[last];
    }

    /**
     * The outcome of some lessons.
     *
     * @param ways before a lesson, the memory, a last layer, the nearest key
     * @param nearest how many lessons are the nearest key to each form of their picture
     */
    record Result(List<Outcome> ways, int[] nearest) {}

    Result teach(List<Lesson> lessons, long seed, Progress progress) throws IOException {
        List<Outcome> ways = List.of(
                new Outcome("before a lesson", labels(before), others.labels()),
                new Outcome("the memory, after one", labels(before), others.labels()),
                new Outcome("last layer trained on it", byNetwork, others.labels()),
                new Outcome("label of the nearest key", byNetwork, others.labels()));
        int[] nearest = new int[FORMS];
        for (int i = 0; i < lessons.size(); i++) {
            teach(lessons.get(i), seed, ways, nearest);
            progress.report(i + 1, lessons.size());
        }
        return new Result(ways, nearest);
    }

    private void teach(Lesson lesson, long seed, List<Outcome> ways, int[] nearest) throws IOException {
        int label = lesson.label();
        SeenImages forms = SeenImages.of(model, Lesson.forms(images, List.of(lesson), seed), Progress.NONE);
        ways.get(0).add(label, labels(forms.answers(model)), labels(before), logLoss(before, others));
        AddedKeys key = learn(model, images, lesson.picture(), label);
        List<Classification> asked = forms.answers(model);
        List<Classification> after = others.answers(model);
        model.index().remove(key.ids());
        ways.get(1).add(label, labels(asked), labels(after), logLoss(after, others));
        double[] layer = lastLayer(forms, label);
        ways.get(2).add(label, byLayer(layer, forms, forms), byLayer(layer, forms, others), Double.NaN);
        ways.get(3).add(label, byNearestKey(asked), byNearestKey(after), Double.NaN);
        for (int form = 0; form < FORMS; form++) {
            long id = asked.get(form).neighbors().get(0).id();
            nearest[form] += Arrays.stream(key.ids()).anyMatch(own -> own == id) ? 1 : 0;
        }
    }

    static AddedKeys learn(CacheModel model, ImageSet images, int picture, int label) throws IOException {
        return model.learn(images.image(picture), label, images.imageName(picture));
    }

    static int[] labels(List<Classification> answers) {
        return answers.stream().mapToInt(Classification::label).toArray();
    }

    /** Returns the mean of -log p of the true classes. */
    static double logLoss(List<Classification> answers, SeenImages images) {
        return IntStream.range(0, answers.size())
                .mapToDouble(i ->
                        logLoss(answers.get(i).candidate(images.labels()[i]).probability()))
                .average()
                .orElseThrow();
    }

    static double logLoss(double probability) {
        return -Math.log(Math.max(probability, Float.MIN_NORMAL));
    }

    /** Answers by the label of the nearest key where it is nearer than the threshold, else by the network. */
    private int[] byNearestKey(List<Classification> answers) {
        return answers.stream()
                .mapToInt(answer -> {
                    Neighbor nearest = answer.neighbors().get(0);
                    return nearest.score() > threshold ? nearest.label() : answer.networkLabel();
                })
                .toArray();
    }

    /**
     * Trains a last layer on the first of the forms alone, from that of the network on: gradient steps on -log p, which change its weights
     * along the features of this picture only, until it is right.
     *
     * @return how much the logits of this picture have changed
     */
    private static double[] lastLayer(SeenImages forms, int label) {
        double[] logits = logits(forms, 0);
        double[] change = new double[logits.length];
        for (int step = 0; step < MAX_STEPS; step++) {
            int best = ArgMax.of(change.length, c -> logits[c] + change[c]);
            if (best == label) {
                break;
            }
            double greatest = logits[best] + change[best];
            double[] p = IntStream.range(0, change.length)
                    .mapToDouble(c -> Math.exp(logits[c] + change[c] - greatest))
                    .toArray();
            double total = Arrays.stream(p).sum();
            for (int c = 0; c < change.length; c++) {
                change[c] += STEP * ((c == label ? 1 : 0) - p[c] / total);
            }
        }
        return change;
    }

    private static int[] byLayer(double[] change, SeenImages forms, SeenImages asked) {
        double length = forms.product(0, forms);
        return IntStream.range(0, asked.size())
                .map(i -> {
                    double[] logits = logits(asked, i);
                    double share = asked.product(i, forms) / length;
                    return ArgMax.of(change.length, c -> logits[c] + share * change[c]);
                })
                .toArray();
    }

    private static double[] logits(SeenImages images, int image) {
        return Arrays.stream(images.network(image, images.network().length / images.size()))
                .map(p -> -logLoss(p))
                .toArray();
    }
}
