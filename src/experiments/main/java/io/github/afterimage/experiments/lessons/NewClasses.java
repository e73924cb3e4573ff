package io.github.afterimage.experiments.lessons;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Takes the last classes of an index and of its network away, whose keys are gone then, and teaches them with a few pictures. */
public final class NewClasses {
    private final CacheIndex index;
    private final CacheReader asked;
    private final int all; // classes of the network, before
    private final int known; // of them that it keeps
    private final Examples images;
    private final Learner learner;
    private final long seed;

    /** Adds an example to teach to the index, by its number. */
    public interface Learner {
        void learn(int lesson) throws IOException;
    }

    /**
     * @param index changes
     * @param count of the classes, fewer than all
     * @param images examples to teach, half of a class, and to test, the others
     */
    public NewClasses(CacheIndex index, int count, Examples images, Learner learner, long seed) {
        this.index = index;
        this.images = images;
        this.learner = learner;
        this.seed = seed;
        asked = CompatibleIndex.of(index, images);
        all = index.classes() - index.format().spareClasses();
        known = all - count;
    }

    /**
     * Teaches the classes.
     *
     * @param old numbers of images, of which those of the other classes are tested, and of new ones up to as many again
     * @param few the numbers of pictures of each class, in ascending order; as many as every class has, where that is less
     */
    public Table table(int[] old, int[] few, Progress progress) throws IOException {
        IntStream.Builder chosen = IntStream.builder();
        Arrays.stream(old).filter(row -> images.label(row) < known).forEach(chosen);
        List<int[]> taught = new ArrayList<>(); // of each new class
        for (int label = known; label < all; label++) {
            int[] own = pictures(label);
            int half = own.length / 2;
            taught.add(Arrays.copyOf(own, half));
            Arrays.stream(own).skip(half).limit(old.length / (all - known) + 1L).forEach(chosen);
        }
        int[] rows = chosen.build().toArray();
        SeenImages tested = SeenImages.of(images.select(rows), StoredLessons.views(index, images), progress);
        index.remove(key -> key.label() >= known);
        Table table = new Table("rrrrrr")
                .row("pictures a class", "right", "95 % interval", "others right", "network alone", "-log p");
        row(table, 0, tested);
        int most = taught.stream().mapToInt(pictures -> pictures.length).min().orElse(0);
        int kept = 0;
        for (int count : few) {
            int until = Math.min(count, most);
            for (int i = kept; i < until; i++) {
                for (int[] pictures : taught) {
                    learner.learn(pictures[i]);
                }
            }
            if (until > kept) {
                row(table, until, tested);
            }
            kept = until;
        }
        return table;
    }

    /** Returns the numbers of the examples of a class in random order. */
    private int[] pictures(int label) {
        int[] rows = IntStream.range(0, images.size())
                .filter(row -> images.label(row) == label)
                .toArray();
        return BalancedSample.shuffled(rows, seed);
    }

    /** Answers by the rule of the index with the outputs of the network that are left; a class that is tested has the weight of any other. */
    private void row(Table table, int pictures, SeenImages tested) {
        List<double[]> answers = tested.probabilities(
                asked, index.calibration(StoredLessons.views(index, images)).rule(), known);
        int[] count = new int[2]; // of old and of new classes
        int[] right = new int[2];
        int[] network = new int[2];
        double[] loss = new double[2];
        for (int i = 0; i < tested.size(); i++) {
            int label = tested.labels()[i];
            int kind = label < known ? 0 : 1;
            double[] p = answers.get(i);
            count[kind]++;
            right[kind] += ArgMax.of(p) == label ? 1 : 0;
            network[kind] += ArgMax.of(tested.network(i, known)) == label ? 1 : 0;
            loss[kind] += SingleLessons.logLoss(p[label]);
        }
        table.row(
                        Text.count("pictures", pictures),
                        Text.percent("newRight", (double) right[1] / count[1]),
                        Text.interval("interval", Interval.clopperPearson(right[1], count[1], Outcome.CONFIDENCE)),
                        Text.percent("oldRight", (double) right[0] / count[0]),
                        Text.percent("networkRight", (double) network[0] / count[0]),
                        Text.fixed(
                                "logLoss", (known * loss[0] / count[0] + (all - known) * loss[1] / count[1]) / all, 3))
                .field("newTested", count[1])
                .field("oldTested", count[0]);
    }
}
