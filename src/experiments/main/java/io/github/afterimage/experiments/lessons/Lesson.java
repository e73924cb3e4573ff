package io.github.afterimage.experiments.lessons;

import io.github.afterimage.Progress;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Evaluation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A picture that a model answers wrong, and the class that it is taught.
 *
 * @param picture its number
 * @param answered the class that the model gives before the lesson
 * @param far whether the network ranks the true class third or lower
 */
record Lesson(int picture, int label, int answered, boolean far) {
    /** Returns the pictures that a model answers wrong, with their true classes. */
    static List<Lesson> wrong(CacheModel model, ImageSet images, int[] pictures, Progress progress) throws IOException {
        List<Lesson> wrong = new ArrayList<>();
        for (int from = 0; from < pictures.length; from += Evaluation.BATCH) {
            int[] some = Arrays.copyOfRange(pictures, from, Math.min(from + Evaluation.BATCH, pictures.length));
            List<Classification> answers =
                    SeenImages.of(model, images.select(some), Progress.NONE).answers(model);
            for (int i = 0; i < some.length; i++) {
                int label = images.label(some[i]);
                float[] network = answers.get(i).network();
                long above = IntStream.range(0, network.length)
                        .filter(c -> network[c] > network[label])
                        .count();
                if (answers.get(i).label() != label) {
                    wrong.add(new Lesson(some[i], label, answers.get(i).label(), above >= 2));
                }
            }
            progress.report(from + some.length, pictures.length);
        }
        return wrong;
    }

    /** Returns the pictures of lessons, each in all its forms one after another; the same ones for the same seed. */
    static ImageSet forms(ImageSet images, List<Lesson> lessons, long seed) {
        Form[] forms = Form.values();
        int[] pictures = lessons.stream()
                .flatMapToInt(lesson -> Arrays.stream(forms).mapToInt(form -> lesson.picture))
                .toArray();
        return images.select(pictures).withImages(images.name(), i -> {
            int form = i % forms.length;
            return forms[form].of(images.image(pictures[i]), seed + pictures[i] + form);
        });
    }

    /** Returns a lesson of a class that is neither the true nor the answered one; there are at least three. */
    Lesson ofAnotherClass(int classes, long seed) {
        int[] left = IntStream.range(0, classes)
                .filter(c -> c != label && c != answered)
                .toArray();
        return new Lesson(picture, left[new Random(seed + picture).nextInt(left.length)], answered, far);
    }
}
