package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** build names keys after the images that they are made from, and what is made of an index keeps the names. */
class KeyNamesTest {
    @TempDir
    private Path folder;

    /** By id. */
    private static Map<Long, String> names(Path file) throws IOException {
        try (CacheIndex index = CacheIndex.open(file)) {
            float[] query = new float[index.dim()];
            Arrays.fill(query, 1);
            Answer nearest = index.nearest(query, (int) index.size());
            Map<Long, String> names = new TreeMap<>();
            for (int place = 0; place < nearest.row(0).neighbors().size(); place++) {
                names.put(
                        nearest.row(0).neighbors().get(place).id(),
                        nearest.row(0).neighbors().get(place).name());
            }
            return names;
        }
    }

    @Test
    void keysAreNamedAfterImagesHoweverTheIndexIsBuiltAndConverted() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        for (String name : List.of("a/1.bmp", "b/größe 2.bmp", "c/3.bmp")) {
            byte[] values = new byte[12];
            Arrays.fill(values, name.charAt(0) - 'a', 12, (byte) 99);
            Path file = folder.resolve("images").resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, Image.ofBytes(2, 2, values).encoded());
        }
        Object[] build = {"build --model %s --layers hidden --data images:%s --flip", model, folder.resolve("images")};
        Map<Long, String> expected = Map.of(
                0L, "a/1.bmp",
                1L, "b/größe 2.bmp",
                2L, "c/3.bmp",
                3L, "a/1.bmp mirrored",
                4L, "b/größe 2.bmp mirrored",
                5L, "c/3.bmp mirrored");
        Path whole = folder.resolve("whole.safetensors");
        Run.done(build, "--out", whole);
        assertThat(names(whole)).isEqualTo(expected);
        Path parts = folder.resolve("parts.safetensors");
        Run.done(build, "--part-bytes", 200, "--out", parts);
        assertThat(Files.exists(folder.resolve("parts.0002.safetensors"))).isTrue();
        assertThat(names(parts)).isEqualTo(expected);
        Path converted = folder.resolve("converted.safetensors");
        Run.done("convert %s --dtype bf16 --out %s", parts, converted);
        assertThat(names(converted)).isEqualTo(expected);
        Path reduced = folder.resolve("reduced.safetensors");
        Run.done("convert %s --reduce gaussian:4 --out %s", whole, reduced);
        assertThat(names(reduced)).isEqualTo(expected);
        for (Path file : List.of(whole, parts, converted, reduced)) {
            Run.done("check %s", file);
        }
    }

    @Test
    void keysHaveThumbnailsOfTheirImagesHoweverTheIndexIsBuiltAndConverted() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            byte[] values = new byte[3 * 4];
            Arrays.fill(values, 4 * i, 4 * i + 3, (byte) 200);
            images.add(Image.ofBytes(2, 2, values));
            Path file = Files.createDirectories(folder.resolve("images/c" + i)).resolve("1.bmp");
            Files.write(file, images.get(i).encoded());
        }
        images.addAll(images.stream().map(Image::mirrored).toList());
        Object[] build = {
            "build --model %s --layers hidden --data images:%s --flip --thumbnails", model, folder.resolve("images")
        };
        Path whole = folder.resolve("whole.safetensors");
        Path parts = folder.resolve("parts.safetensors");
        Path converted = folder.resolve("converted.safetensors");
        Path reduced = folder.resolve("reduced.safetensors");
        Run.done(build, "--out", whole);
        Run.done(build, "--part-bytes", 200, "--out", parts);
        Run.done("convert %s --dtype bf16 --out %s", parts, converted);
        Run.done("convert %s --reduce gaussian:4 --out %s", whole, reduced);
        for (Path file : List.of(whole, parts, converted, reduced)) {
            Run.done("check %s", file);
            assertThat((int) Run.json("info %s", file).get("thumbnailBytes")).isBetween(6 * 60, 6 * 100);
            assertPictured(file, images);
        }
        Run.warned(
                "count twice",
                "add --index %s --model %s --data images:%s --thumbnails",
                whole,
                model,
                folder.resolve("images"));
        images.addAll(List.copyOf(images.subList(0, 3)));
        assertPictured(whole, images);
    }

    private static void assertPictured(Path file, List<Image> images) throws IOException {
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.size()).isEqualTo(images.size());
            for (int id = 0; id < images.size(); id++) {
                Image thumbnail = Image.decode("thumbnail", index.thumbnail(id).orElseThrow());
                assertThat(thumbnail.values()).isEqualTo(images.get(id).values());
            }
        }
    }

    @Test
    void featuresHaveNoThumbnails() throws IOException {
        String error = Run.failure(
                ExitCode.USAGE,
                "build --data %s --thumbnails --out %s",
                TwoClasses.keys(folder),
                folder.resolve("index.safetensors"));
        assertThat(error).contains("--thumbnails: expected images, because features have no picture");
    }

    @Test
    void keysOfFeaturesAreNamedAfterTheRowsOfTheFile() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s[1:2] --out %s", TwoClasses.keys(folder), index);
        assertThat(names(index)).isEqualTo(Map.of(0L, "keys.npz row 1"));
    }
}
