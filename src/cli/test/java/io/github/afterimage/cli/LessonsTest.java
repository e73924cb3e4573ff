package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.BalancedSample;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** measure lessons, on pictures of four colours, one in three of which is of another class than it looks. */
class LessonsTest {
    private static final List<String> NAMES = List.of("cherry", "grass", "sky", "snow");

    @TempDir
    private Path folder;

    private final Random random = new Random(7);
    private Path model;
    private Path index;
    private String data;

    @BeforeEach
    void anIndexOfPicturesThatLookLikeTheirClass() throws IOException {
        model = ColourModel.write(folder.resolve("colours.onnx"), 1, new int[] {0, 1, 2, -1}, false);
        index = folder.resolve("index.safetensors");
        Run.done(
                "build --model %s --layers hidden --data %s --dtype f32 --out %s",
                model, pictures("keys", 9, 0), index);
        data = pictures("data", 24, 3);
    }

    /** @param strange the first of as many pictures of a class looks like one of the next class; 0 for none */
    private String pictures(String name, int ofEachClass, int strange) throws IOException {
        for (int label = 0; label < NAMES.size(); label++) {
            Path inner = Files.createDirectories(folder.resolve(name).resolve(NAMES.get(label)));
            for (int i = 0; i < ofEachClass; i++) {
                int seen = strange > 0 && i % strange == 0 ? (label + 1) % NAMES.size() : label;
                byte[] values = new byte[12];
                for (int value = 0; value < values.length; value++) {
                    int base = value / 4 == seen || seen == 3 ? 120 : 20;
                    values[value] = (byte) (base + random.nextInt(100));
                }
                Files.write(
                        inner.resolve(i + ".bmp"), Image.ofBytes(2, 2, values).encoded());
            }
        }
        return "images:" + folder.resolve(name);
    }

    private Map<String, Object> measured(Object... more) throws IOException {
        return Run.json("measure lessons --index %s --model %s --data %s", index, model, data, more);
    }

    @Test
    void itCountsAsAModelThatIsTaughtByHand() throws IOException {
        byte[] before = Files.readAllBytes(index);
        Map<String, Object> found = measured("--lessons", 1000);
        assertThat(Files.readAllBytes(index)).isEqualTo(before);
        ImageSet images = ImageSets.open(data);
        int[] order = BalancedSample.shuffled(IntStream.range(0, 96).toArray(), 1);
        List<Integer> others = Arrays.stream(order).limit(48).boxed().toList();
        try (CacheModel taught = CacheModel.open(model, index)) {
            List<Integer> labels = others.stream()
                    .map(other -> taught.classify(image(images, other)).label())
                    .toList();
            int wrong = 0;
            int same = 0;
            int mirrored = 0;
            int nearest = 0;
            int changed = 0;
            for (int picture : Arrays.copyOfRange(order, 48, 96)) {
                Image image = image(images, picture);
                int label = images.label(picture);
                if (taught.classify(image).label() == label) {
                    continue;
                }
                wrong++;
                AddedKeys key = taught.learn(image, label, "");
                Classification answer = taught.classify(
                                ModelQuery.of(image.mirrored()).neighbors(1))
                        .get(0);
                same += taught.classify(image).label() == label ? 1 : 0;
                mirrored += answer.label() == label ? 1 : 0;
                nearest += answer.neighbors().get(0).id() == key.first() ? 1 : 0;
                for (int i = 0; i < labels.size(); i++) {
                    changed += taught.classify(image(images, others.get(i))).label() == labels.get(i) ? 0 : 1;
                }
                taught.index().remove(key.ids());
            }
            assertThat(wrong).isPositive();
            assertThat(found).containsEntry("examples", 48).containsEntry("wrong", wrong);
            Map<String, Object> single = Run.objects(found, "single").get(0);
            List<Map<String, Object>> forms = Run.objects(single, "forms");
            assertThat(forms).hasSize(15);
            assertThat(forms.get(0)).containsEntry("before", 0.0).containsEntry("after", (double) same / wrong);
            assertThat(forms.get(1))
                    .containsEntry("after", (double) mirrored / wrong)
                    .containsEntry("nearest", (double) nearest / wrong);
            assertThat(Run.objects(single, "ways").get(1)).containsEntry("changed", (double) changed / wrong);
        }
    }

    @Test
    void aLastLayerAndTheNearestKeyAreRightAboutTheLessonItself() throws IOException {
        for (Map<String, Object> single : Run.objects(measured("--lessons", 5), "single")) {
            assertThat(Run.objects(single, "ways"))
                    .extracting(way -> way.get("picture"))
                    .endsWith(1.0, 1.0);
            assertThat(single.get("lessons")).isEqualTo(5);
        }
    }

    @Test
    void keptLessonsEndWithAllWrongPictures() throws IOException {
        Map<String, Object> found = measured("--lessons", 1);
        List<Map<String, Object>> kept = Run.objects(found, "kept");
        assertThat(kept.get(0)).containsEntry("lessons", 0);
        assertThat(kept.get(2)).containsEntry("lessons", 10).containsEntry("first", 1);
        assertThat(kept.get(kept.size() - 1)).containsEntry("lessons", found.get("wrong"));
    }

    @Test
    void classesThatAreTakenAwayAreUnknownUntilTheyAreTaught() throws IOException {
        List<Map<String, Object>> rows = Run.objects(measured("--lessons", 1, "--few", "9,2,50"), "taught");
        assertThat(rows).extracting(row -> row.get("pictures")).containsExactly(0, 2, 9, 12);
        assertThat(rows).extracting(row -> row.get("newTested")).containsOnly(24);
        assertThat(rows.get(0)).containsEntry("newRight", 0.0);
        assertThat((Double) rows.get(3).get("newRight")).isPositive();
    }

    @Test
    void demoTeachesTheSameLessonsWithoutTheirPictures() throws IOException {
        Path models = Files.createDirectories(folder.resolve("models"));
        Files.copy(index, models.resolve(DemoFiles.INDEX));
        Path forms = models.resolve(DemoFiles.LESSONS);
        Map<String, Object> written = measured("--lessons", 9, "--forms", forms);
        assertThat(written).containsEntry("lessons", 9).containsEntry("forms", 15);
        for (String name : List.of(DemoFiles.TEST, DemoFiles.BLURRED)) {
            String shown = name.equals(DemoFiles.TEST) ? data : pictures("blurred", 6, 3);
            Run.done("features --index %s --model %s --data %s --out %s", index, model, shown, models.resolve(name));
        }
        Map<String, Object> demo = Run.json("demo --models %s --page %s", models, folder.resolve("page.html"));
        Map<String, Object> single =
                Run.objects(measured("--lessons", 9), "single").get(0);
        List<Map<String, Object>> expected = Run.objects(single, "forms");
        List<Map<String, Object>> found = Run.objects(demo, "lessons");
        assertThat(demo).containsEntry("lessonsTaught", 9).containsEntry("newClass", "snow");
        for (String when : List.of("before", "after")) {
            assertThat(found.get(0)).containsEntry(when, expected.get(0).get(when));
            assertThat(found.get(1)).containsEntry(when, expected.get(1).get(when));
            assertThat((Double) found.get(found.size() - 1).get(when))
                    .isCloseTo(
                            expected.stream()
                                    .skip(1)
                                    .mapToDouble(form -> (Double) form.get(when))
                                    .average()
                                    .orElseThrow(),
                            within(1e-9));
        }
        assertThat(Run.objects(demo, "newClassTaught"))
                .extracting(row -> row.get("pictures"))
                .containsExactly(0, 1, 5, 12);
    }

    @Test
    void featuresAreRefused() {
        Run.refused("measure lessons --index %s --model %s --data features:x.npz", index, model)
                .contains("expected images");
    }

    private static Image image(ImageSet images, int picture) {
        try {
            return images.image(picture);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
