package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Logger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
    @TempDir
    Path folder;

    private void picture(String name, int red) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        BufferedImage picture = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        picture.setRGB(0, 0, red << 16);
        ImageIO.write(picture, "png", file.toFile());
    }

    @Test
    void eachSubfolderIsAClassAndOtherFilesAreSkipped() throws IOException {
        picture("dog/b.png", 3);
        picture("dog/a.PNG", 2);
        picture("cat/z.png", 1);
        picture(".hidden/x.png", 9);
        Files.writeString(folder.resolve("cat/notes.txt"), "not a picture");
        Files.writeString(folder.resolve("README"), "not a class");

        ImageSet set = ImageSets.open("images:" + folder);

        assertThat(set.classNames()).containsExactly("cat", "dog");
        assertThat(set.size()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            int red = Math.round(set.image(i).value(0, 0, 0) * 255);
            assertThat(set.label(i)).isEqualTo(red == 1 ? 0 : 1);
            Path file = List.of(Path.of("cat", "z.png"), Path.of("dog", "a.PNG"), Path.of("dog", "b.png"))
                    .get(red - 1);
            assertThat(set.imageName(i)).isEqualTo(file.toString());
        }
        ImageSet part = ImageSets.open("images:" + folder + "#[1:]");
        assertThat(part.withMirrorImages().imageName(3)).isEqualTo(set.imageName(2) + " mirrored");
        assertThat(part.size()).isEqualTo(2);
        assertThat(part.classNames()).containsExactly("cat", "dog");
        assertThat(part.name()).endsWith("#[1:3]");
    }

    @Test
    void namesOfPicturesHaveNoControlCharacters() throws IOException {
        picture("cat/a\tb.png", 1);
        assertThat(ImageSets.open("images:" + folder).imageName(0)).isEqualTo("cat/a\ufffdb.png");
    }

    @Test
    void everyRangeHasOfEachClassItsShare() throws IOException {
        int[] sizes = {40, 8, 12};
        for (int label = 0; label < sizes.length; label++) {
            for (int i = 0; i < sizes[label]; i++) {
                picture("class" + label + "/" + (char) ('A' + i) + ".png", label * 60 + i);
            }
        }
        String data = "images:" + folder;
        ImageSet all = ImageSets.open(data);
        assertIllegalArgument(() -> all.range(20, 61));
        assertIllegalArgument(() -> ImageSets.open(data + "#train")).hasMessageContaining("images: has no such parts");
        for (int from = 0; from < 60; from += 15) {
            int[] counts = new int[3];
            ImageSet part = ImageSets.open(data + "[" + from + ":" + (from + 15) + "]");
            for (int i = 0; i < part.size(); i++) {
                counts[part.label(i)]++;
                assertThat(part.image(i).values()).isEqualTo(all.image(from + i).values());
            }
            for (int label = 0; label < 3; label++) {
                assertThat(counts[label]).isBetween(sizes[label] / 4 - 1, sizes[label] / 4 + 1);
            }
        }
        Set<Integer> seen = new LinkedHashSet<>();
        for (int i = 0; i < 60; i++) {
            seen.add(Math.round(all.image(i).value(0, 0, 0) * 255));
        }
        assertThat(seen).as("every picture once").hasSize(60);
        // Ids and ranges depend on this order: it must not change.
        assertThat(List.copyOf(seen).subList(0, 6)).containsExactly(38, 21, 124, 23, 64, 33);
    }

    @Test
    void countsSkippedFilesByExtension() throws IOException {
        List<Path> skipped = new ArrayList<>();
        for (String name : List.of("b.txt", "a.heic", "c.HEIC", "README")) {
            skipped.add(folder.resolve(name));
        }
        skipped.add(Files.createDirectory(folder.resolve("more.png")));
        assertThat(ImageFolder.text(skipped)).isEqualTo("5 files: 2 .heic, 1 .txt, 1 sub-folders, 1 without an ending");
    }

    @Test
    void saysOnceForAllRangesOfAFolderWhichFileItSkips() throws IOException {
        picture("cat/a.png", 1);
        picture("cat/b.png", 2);
        Path list = Files.writeString(folder.resolve("cat/list.txt"), "");
        Logger logger = Logger.getLogger(ImageFolder.class.getName());
        List<String> said = new ArrayList<>();
        logger.setFilter(message -> !said.add(message.getMessage()));
        try {
            for (String range : List.of("", "#[0:1]", "#[1:2]")) {
                ImageSets.open("images:" + folder + range);
            }
        } finally {
            logger.setFilter(null);
        }
        assertThat(said).containsExactly("images:" + folder + " skips " + list);
    }

    @Test
    void refusesAClassWithoutImages() throws IOException {
        picture("cat/a.png", 1);
        Path dog = Files.createDirectories(folder.resolve("dog"));
        assertThatThrownBy(() -> ImageSets.open("images:" + folder))
                .isInstanceOf(CorruptDataException.class)
                .hasMessage(dog
                        + " has no .png, .jpg, .jpeg, .bmp, .gif, .tif, .tiff and .webp files: expected one "
                        + "sub-folder of images per class, and no other");
        Files.writeString(dog.resolve("a.heic"), "");
        assertThatThrownBy(() -> ImageSets.open("images:" + folder))
                .hasMessageContaining(", but " + dog.resolve("a.heic") + ": ");
    }

    @Test
    void classesAreFoundByNameWhereThereAreNames() throws IOException {
        picture("dog/a.png", 1);
        picture("bird/a.png", 2);
        ImageSet set = ImageSets.open("images:" + folder);

        ImageSet matched = set.withClasses(List.of("dog", "cat", "bird"), 3);
        assertThat(matched.classNames()).containsExactly("dog", "cat", "bird");
        for (int i = 0; i < 2; i++) {
            boolean dog = matched.image(i).value(0, 0, 0) == 1 / 255f;
            assertThat(matched.label(i)).isEqualTo(dog ? 0 : 2);
        }
        assertThat(matched.name()).isEqualTo(set.name());
        assertThat(set.withClasses(List.of("bird", "dog"), 2)).isSameAs(set);
        assertThat(set.withClasses(List.of(), 2)).isSameAs(set);
        assertThat(set.withClasses(List.of("class 0", "class 1"), 2)).isSameAs(set);

        assertThatThrownBy(() -> set.withClasses(List.of("cat", "dog"), 2))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageEndingWith("has a class \"bird\": expected one of cat, dog");
        assertThatThrownBy(() -> set.withClasses(List.of(), 10))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("has classes bird, dog: expected 10, whose names are sorted as labels are");
    }

    @Test
    void aFileHasWordsForClasses() throws IOException {
        picture("set/n1/a.png", 1);
        picture("set/n11/a.png", 2);
        picture("set/snow dog/a.png", 3);
        Path set = folder.resolve("set");
        Path words = set.resolve("classes.txt");
        Files.writeString(words, "n11 goose , Anser anser\nn1\tgreat white shark\nn2 cat\nsnow dog: husky\nn1 again\n");
        List<String> worded = List.of("great white shark (n1)", "goose (n11)", "husky (snow dog)");
        ImageSet named = ImageSets.open("images:" + set);
        assertThat(named.classNames()).isEqualTo(worded);
        Files.move(words, folder.resolve("classes.txt"));
        assertThat(ImageSets.open("images:" + set).classNames()).isEqualTo(worded);
        Files.writeString(folder.resolve("classes.txt"), "cat\ndog\n");
        ImageSet plain = ImageSets.open("images:" + set);
        assertThat(plain.classNames()).containsExactly("n1", "n11", "snow dog");

        assertThat(plain.withClasses(worded, 3).classNames()).isEqualTo(worded);
        assertThat(named.withClasses(List.of("n11", "snow dog", "n1"), 3).classNames())
                .containsExactly("n11", "snow dog", "n1");
        assertThat(ClassNames.position(List.of("crane (bird)", "tit (bird)"), "bird"))
                .isEqualTo(-1);
    }

    @Test
    void theClassesOfImageNetHaveTheirWordsWithoutAFile() throws IOException {
        picture("net/n01440764/a.png", 1);
        picture("net/n01855672/a.png", 2);
        picture("net/n99999999/a.png", 3);
        assertThat(ImageSets.open("images:" + folder.resolve("net")).classNames())
                .containsExactly("tench (n01440764)", "goose (n01855672)", "n99999999");
        assertThat(ImageNetClasses.lines()).hasSize(1000).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void refusesAFolderWithoutClasses() throws IOException {
        assertThatThrownBy(() -> ImageSets.open("images:" + folder))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageStartingWith(
                        folder
                                + " has no sub-folders: expected a folder of images for each class; these commands make one: mkdir ");
        assertThatThrownBy(() -> ImageSets.open("images:" + folder.resolve("absent")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("no such folder");
        Path file = Files.createFile(folder.resolve("cat.png"));
        assertThatThrownBy(() -> ImageSets.open("images:" + file))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("is a file; expected a folder");
    }

    @Test
    void aDamagedPictureIsNamedWhenItIsAskedFor() throws IOException {
        picture("cat/a.png", 1);
        Files.writeString(folder.resolve("cat/b.png"), "damaged");
        ImageSet set = ImageSets.open("images:" + folder);
        assertThatThrownBy(() -> {
                    set.image(0);
                    set.image(1);
                })
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("b.png");
    }
}
