package io.github.afterimage.experiments.lessons;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Takes the last classes of an index and of its network away, and teaches them with a few pictures. The keys of these classes are gone
 * afterwards.
 */
final class NewClasses {
    private static final int FEW_CLASSES = 20;

    private final CacheModel model;
    private final int all; // classes of the network, before
    private final int known; // of them that it keeps
    private final SeenImages tested;

    /**
     * What is right with so many pictures of each new class.
     *
     * @param pictures of each new class
     * @param newRight how many of the test pictures of new classes are right
     * @param oldRight how many of those of the other classes
     * @param logLoss the mean of -log p, each class with the same weight
     */
    record Row(int pictures, int newRight, int oldRight, double logLoss) {}

    /**
     * The outcome for all numbers of pictures.
     *
     * @param networkRight how many of the old ones the network alone has right, without the outputs of the new classes
     */
    record Result(int classes, int newTested, int oldTested, int networkRight, List<Row> rows) {}

    private NewClasses(CacheModel model, int all, int known, SeenImages tested) {
        this.model = model;
        this.all = all;
        this.known = known;
        this.tested = tested;
    }

    /**
     * Teaches pictures of {@code lessons}; where these are the tested ones, at most half of those of each class, which are not tested then.
     *
     * @param images to test
     * @param old numbers of images of any class; those of the old classes are tested
     * @param few the numbers of pictures of each class, in ascending order
     */
    static Result of(
            CacheModel model, ImageSet lessons, ImageSet images, int[] old, int[] few, long seed, Progress progress)
            throws IOException {
        CacheIndex index = model.index();
        int all = index.classes() - index.format().spareClasses();
        int known = Math.max(1, all - (all > FEW_CLASSES ? 10 : 2));
        int[][] taught = IntStream.range(known, all)
                .mapToObj(label -> pictures(lessons, label, seed))
                .map(rows -> lessons == images ? Arrays.copyOf(rows, rows.length / 2) : rows)
                .toArray(int[][]::new);
        int[] asked = lessons == images
                ? Arrays.stream(taught).flatMapToInt(Arrays::stream).toArray()
                : new int[0];
        int[] tested = IntStream.concat(
                        Arrays.stream(old).filter(row -> images.label(row) < known),
                        IntStream.range(known, all)
                                .mapToObj(label -> pictures(images, label, seed))
                                .flatMapToInt(rows -> Arrays.stream(rows)
                                        .filter(row -> IntStream.of(asked).noneMatch(taken -> taken == row))
                                        .limit(old.length / (all - known) + 1)))
                .toArray();
        SeenImages seen = SeenImages.of(model, images.select(tested), progress);
        index.remove(key -> key.label() >= known);
        return new NewClasses(model, all, known, seen).teach(lessons, taught, few);
    }

    /** Returns the numbers of the images of a class in random order. */
    private static int[] pictures(ImageSet images, int label, long seed) {
        return BalancedSample.shuffled(
                IntStream.range(0, images.size())
                        .filter(row -> images.label(row) == label)
                        .toArray(),
                seed);
    }

    private Result teach(ImageSet lessons, int[][] taught, int[] few) throws IOException {
        int most = Arrays.stream(taught).mapToInt(rows -> rows.length).max().orElse(0);
        List<Row> rows = new ArrayList<>(List.of(row(0)));
        int kept = 0;
        for (int count : few) {
            int until = Math.min(count, most);
            for (int i = kept; i < until; i++) {
                for (int[] pictures : taught) {
                    if (i < pictures.length) {
                        int picture = pictures[i];
                        model.learn(lessons.image(picture), lessons.label(picture), lessons.imageName(picture));
                    }
                }
            }
            if (until > kept) {
                rows.add(row(until));
            }
            kept = until;
        }
        int ofOld = (int)
                Arrays.stream(tested.labels()).filter(label -> label < known).count();
        int network = (int) IntStream.range(0, ofOld)
                .filter(i -> ArgMax.of(tested.network(i, known)) == tested.labels()[i])
                .count();
        return new Result(all - known, tested.size() - ofOld, ofOld, network, rows);
    }

    /** Answers by the rule of the index with the outputs of the network that are left. */
    private Row row(int pictures) {
        AnswerRule rule = model.calibration().rule();
        Answer answer = model.index()
                .answer(Query.of(tested.features()).thetas(rule.theta()).evidence(rule.needsEvidence()));
        int[] right = new int[2]; // of old and of new classes
        int[] count = new int[2];
        double[] loss = new double[2];
        for (int i = 0; i < tested.size(); i++) {
            int label = tested.labels()[i];
            double[] p = rule.probabilities(tested.network(i, known), answer.row(i));
            int kind = label < known ? 0 : 1;
            right[kind] += ArgMax.of(p) == label ? 1 : 0;
            loss[kind] += SingleLessons.logLoss(p[label]);
            count[kind]++;
        }
        double logLoss = (known * loss[0] / count[0] + (all - known) * loss[1] / count[1]) / all;
        return new Row(pictures, right[1], right[0], logLoss);
    }
}
