package io.github.afterimage.experiments.lessons;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Counts the right answers of a model while it keeps more and more lessons; takes them back at the end. */
final class KeptLessons {
    private static final int[] COUNTS = {0, 1, 10, 100, 1000};

    private KeptLessons() {}

    static Table table(CacheModel model, ImageSet images, List<Lesson> wrong, SeenImages others, Progress progress)
            throws IOException {
        int most = Math.min(wrong.size(), COUNTS[COUNTS.length - 1]);
        int[] pictures = wrong.stream().limit(most).mapToInt(Lesson::picture).toArray();
        SeenImages taught = SeenImages.of(model, images.select(pictures), Progress.NONE);
        Table table =
                new Table("rrrrrr").row("kept", "right", "of the first", "still right", "others' error", "-log p");
        List<long[]> keys = new ArrayList<>();
        for (int count : COUNTS) {
            int first = keys.size();
            while (keys.size() < Math.min(count, most)) {
                keys.add(SingleLessons.learn(model, images, pictures[keys.size()], taught.labels()[keys.size()])
                        .ids());
                progress.report(keys.size(), most);
            }
            if (keys.size() > first || count == 0) {
                int[] answers = SingleLessons.labels(taught.answers(model));
                List<Classification> after = others.answers(model);
                int[] ofOthers = SingleLessons.labels(after);
                table.row(
                        Text.count("lessons", keys.size()),
                        share("right", answers, taught.labels(), keys.size()),
                        Text.count("first", first),
                        share("firstRight", answers, taught.labels(), first),
                        Text.percent(
                                "error", 1 - right(ofOthers, others.labels(), others.size()) / (double) others.size()),
                        Text.fixed("logLoss", SingleLessons.logLoss(after, others), 4));
            }
        }
        model.index().remove(keys.stream().flatMapToLong(Arrays::stream).toArray());
        return table;
    }

    private static Text share(String name, int[] answers, int[] labels, int count) {
        long right = right(answers, labels, count);
        return Text.figure(name, right, count == 0 ? "" : Format.percent((double) right / count));
    }

    private static long right(int[] answers, int[] labels, int count) {
        return IntStream.range(0, count).filter(i -> answers[i] == labels[i]).count();
    }
}
