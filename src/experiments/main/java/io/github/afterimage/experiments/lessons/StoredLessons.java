package io.github.afterimage.experiments.lessons;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.FeatureFile;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Lessons without their pictures: a file has the features of each in all forms, one after another, and what the network says of them. */
public final class StoredLessons {
    private static final int FORMS = Form.values().length;
    private static final int PERCENT_PER_SIGN = 5;

    /** Forms that are counted together, from one to another. */
    private record Group(String text, Form first, Form last) {
        private double right(Outcome outcome) {
            return outcome.share(first.ordinal(), last.ordinal() + 1);
        }
    }

    private static final List<Group> GROUPS = List.of(
            new Group("the same picture", Form.SAME, Form.SAME),
            new Group("mirrored", Form.MIRRORED, Form.MIRRORED),
            new Group("shifted", Form.SHIFTED, Form.SHIFTED_FAR),
            new Group("nearer, farther", Form.NEARER, Form.NEAREST),
            new Group("darker, lighter", Form.DARKER, Form.LIGHTER),
            new Group("noise, blur", Form.NOISY, Form.BLURRED),
            new Group("a square cut out", Form.CUT, Form.CUT),
            new Group("rotated", Form.ROTATED, Form.ROTATED_FAR),
            new Group("mirrored and shifted", Form.BOTH, Form.BOTH),
            new Group("all 14 altered forms", Form.MIRRORED, Form.BOTH));

    private final CacheIndex index;
    private final CacheReader asked;
    private final Examples lessons;
    private final int views;
    private final AnswerRule rule;

    /**
     * @param index gets each lesson, and loses it again
     * @param lessons a row of each form of the first picture, then those of the next
     */
    public StoredLessons(CacheIndex index, Examples lessons) {
        if (lessons.size() % FORMS != 0) {
            throw new IllegalArgumentException(
                    lessons.size() + " rows of lessons: expected " + FORMS + " for each picture");
        }
        this.index = index;
        this.lessons = lessons.requireProbabilities();
        asked = CompatibleIndex.of(index, lessons);
        views = views(index, lessons);
        rule = index.calibration(views).rule();
    }

    /** Writes such a file; {@code pictures} are {@linkplain Lesson#forms all forms} of lessons. */
    static PassTime write(CacheModel model, ImageSet pictures, Path file, Progress progress) throws IOException {
        Map<String, String> metadata =
                new LinkedHashMap<>(KeySource.of(model.network(), false).toAttributes());
        metadata.put("data", pictures.name());
        Examples forms = Examples.of(model.network(), pictures);
        return FeatureFile.write(model.index(), forms, ElementType.FLOAT16, metadata, file, progress);
    }

    /** Returns how many views of examples the network looks at. */
    static int views(CacheReader index, Examples examples) {
        return Math.min(Math.max(1, index.calibration().views()), examples.views());
    }

    /**
     * Teaches each lesson alone, and reports what its forms and other pictures are answered before and after it.
     *
     * @param pictures that no lesson is about
     */
    public void report(Report report, Examples pictures, Progress progress) throws IOException {
        SeenImages others = SeenImages.of(pictures, views, Progress.NONE);
        int[] unchanged = answers(others);
        Outcome before = new Outcome("before", unchanged, others.labels());
        Outcome after = new Outcome("after", unchanged, others.labels());
        int count = lessons.size() / FORMS;
        for (int i = 0; i < count; i++) {
            int[] rows = IntStream.range(i * FORMS, (i + 1) * FORMS).toArray();
            SeenImages forms = SeenImages.of(lessons.select(rows), views, Progress.NONE);
            int label = forms.labels()[0];
            before.add(label, answers(forms), unchanged, Double.NaN);
            AddedKeys key = learn(forms, label);
            after.add(label, answers(forms), answers(others), Double.NaN);
            index.remove(key.ids());
            progress.report(i + 1, count);
        }
        report.titled(
                        "A lesson is learned",
                        "Of " + Format.count(count, "picture") + " that a network and its memory get wrong, "
                                + Format.percent(after.share(0, 1)) + " are right after one lesson, and "
                                + Format.percent(after.share(1, FORMS))
                                + " of their altered forms. Nothing is trained.")
                .line(
                        "Network and memory answer %s wrong. Each is taught alone: it %s, and nothing is trained. Then it is asked"
                                + " again, in altered forms too.",
                        Text.count("lessonsTaught", count, "test picture"),
                        views == 1 ? "becomes a key" : "and its mirror image become keys")
                .onPage(page -> page.chart(chart(before, after)))
                .list("lessons", table(before, after))
                .line("")
                .line(
                        "%s are asked after each lesson, and %s change: %s become wrong, and %s right.",
                        Text.count("lessonOthers", others.size(), "other picture"),
                        Text.of(
                                "%s of %s answers",
                                Text.count("lessonChanged", Math.round(count * after.changed())),
                                Format.count((long) count * others.size())),
                        Text.count("lessonBroken", Math.round(count * after.broken())),
                        Text.count("lessonCorrected", Math.round(count * after.corrected())));
    }

    private static Table table(Outcome before, Outcome after) {
        Table table = new Table("lrrt").row("asked again", "right before", "right after", "");
        for (Group group : GROUPS) {
            table.row(
                    Text.value("form", group.text),
                    Text.percent("before", group.right(before)),
                    Text.percent("after", group.right(after)),
                    "#".repeat((int) Math.round(100 * group.right(after) / PERCENT_PER_SIGN)));
        }
        return table;
    }

    private static BarChart chart(Outcome before, Outcome after) {
        BarChart chart = new BarChart();
        bar(chart, "the same picture, before", before.share(0, 1));
        bar(chart, "after one lesson", after.share(0, 1));
        bar(chart, "altered forms, before", before.share(1, FORMS));
        bar(chart, "after one lesson", after.share(1, FORMS));
        return chart;
    }

    private static void bar(BarChart chart, String name, double right) {
        chart.bar(name, 100 * right, Format.percent(right), "");
    }

    /** Adds the picture and, where the network looks at two views, the mirror image, the next form. */
    private AddedKeys learn(SeenImages forms, int label) {
        FloatBuffer features = FloatBuffer.wrap(forms.features(), 0, views * lessons.dim());
        KeyBatch keys = KeyBatch.of(features, new int[] {label}).views(views);
        return index.add(asked == index ? keys : keys.reduced());
    }

    private int[] answers(SeenImages images) {
        return images.probabilities(asked, rule, lessons.classes()).stream()
                .mapToInt(ArgMax::of)
                .toArray();
    }
}
