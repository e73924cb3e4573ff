package io.github.afterimage.experiments.lessons;

import io.github.afterimage.Progress;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model answers while it keeps more and more lessons.
 *
 * @param lessons that it keeps
 * @param right how many of their pictures are right
 * @param first how many lessons the row before keeps, the first ones
 * @param firstRight how many of these are still right
 * @param error the share of other pictures that are wrong
 * @param logLoss the mean of -log p of the other pictures
 */
record KeptLessons(int lessons, long right, int first, long firstRight, double error, double logLoss) {
    private static final int[] COUNTS = {0, 1, 10, 100, 1000};

    static List<KeptLessons> of(
            CacheModel model, ImageSet images, List<Lesson> wrong, SeenImages others, Progress progress)
            throws IOException {
        List<Lesson> lessons = wrong.subList(0, Math.min(wrong.size(), COUNTS[COUNTS.length - 1]));
        int[] pictures = lessons.stream().mapToInt(Lesson::picture).toArray();
        SeenImages taught = SeenImages.of(model, images.select(pictures), Progress.NONE);
        List<KeptLessons> rows = new ArrayList<>();
        List<Long> keys = new ArrayList<>();
        int kept = 0;
        for (int count : COUNTS) {
            int first = kept;
            int until = Math.min(count, pictures.length);
            for (; kept < until; kept++) {
                Lesson lesson = lessons.get(kept);
                long[] ids = model.learn(images.image(pictures[kept]), lesson.label(), images.imageName(pictures[kept]))
                        .ids();
                Arrays.stream(ids).forEach(keys::add);
                progress.report(kept, pictures.length);
            }
            if (kept > first || count == 0) {
                int[] answers = SingleLessons.labels(taught.answers(model));
                List<Classification> after = others.answers(model);
                rows.add(new KeptLessons(
                        kept,
                        right(answers, taught.labels(), kept),
                        first,
                        right(answers, taught.labels(), first),
                        1 - (double) right(SingleLessons.labels(after), others.labels(), after.size()) / after.size(),
                        SingleLessons.logLoss(after, others)));
            }
        }
        model.index().remove(keys.stream().mapToLong(Long::longValue).toArray());
        return rows;
    }

    private static long right(int[] answers, int[] labels, int count) {
        return IntStream.range(0, count).filter(i -> answers[i] == labels[i]).count();
    }
}
