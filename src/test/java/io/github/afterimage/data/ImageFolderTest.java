package io.github.afterimage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
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
    void eachSubfolderIsAClassAndAllIsSortedByName() throws IOException {
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
            assertThat(set.label(i)).isEqualTo(i == 0 ? 0 : 1);
            assertThat(set.image(i).value(0, 0, 0)).isEqualTo((i + 1) / 255f);
        }
        assertThat(set.imageName(1)).isEqualTo(Path.of("dog", "a.PNG").toString());
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
    void classesAreFoundByNameWhereThereAreNames() throws IOException {
        picture("dog/a.png", 1);
        picture("bird/a.png", 2);
        ImageSet set = ImageSets.open("images:" + folder);

        ImageSet matched = set.withClasses(List.of("dog", "cat", "bird"), 3);
        assertThat(matched.classNames()).containsExactly("dog", "cat", "bird");
        assertThat(matched.label(0)).as("bird").isEqualTo(2);
        assertThat(matched.label(1)).as("dog").isZero();
        assertThat(matched.image(1).value(0, 0, 0)).isEqualTo(1 / 255f);
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
    void refusesAFolderWithoutImages() throws IOException {
        Files.createDirectories(folder.resolve("cat"));
        assertThatThrownBy(() -> ImageSets.open("images:" + folder))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("1 sub-folders")
                .hasMessageContaining("expected one sub-folder of images per class");
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
        assertThat(set.image(0).width()).isEqualTo(2);
        assertThatThrownBy(() -> set.image(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("b.png");
    }
}
