package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecificationTest {
    @Test
    void readsKindPathSplitAndRange() {
        Specification whole = Specification.parse("cifar10:some/folder#train");
        assertThat(whole.kind()).isEqualTo("cifar10");
        assertThat(whole.path()).isEqualTo(Path.of("some/folder"));
        assertThat(whole.requireSplit()).isEqualTo("train");
        assertThat(whole.from()).isZero();
        assertThat(whole.requireEnd(7)).isEqualTo(7);

        Specification part = Specification.parse("cifar100:a#b#test[5:10]");
        assertThat(part.path()).isEqualTo(Path.of("a#b"));
        assertThat(part.requireSplit()).isEqualTo("test");
        assertThat(part.from()).isEqualTo(5);
        assertThat(part.requireEnd(10)).isEqualTo(10);

        assertThat(Specification.parse("images:dir#[:3]").requireEnd(10)).isEqualTo(3);
        assertThat(Specification.parse("images:dir#[3:]").requireEnd(10)).isEqualTo(10);
        assertThat(Specification.parse("npz:C:/x.npz").path()).isEqualTo(Path.of("C:/x.npz"));
    }

    @Test
    void aRangeMayFollowThePathUnlessAFileHasThatName(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("x.npz[2:5]");
        Specification range = Specification.parse("npz:" + file);
        assertThat(range.path()).isEqualTo(folder.resolve("x.npz"));
        assertThat(range.from()).isEqualTo(2);
        assertThat(range.requireEnd(10)).isEqualTo(5);

        Files.createFile(file);
        Specification whole = Specification.parse("npz:" + file);
        assertThat(whole.path()).isEqualTo(file);
        assertThat(whole.requireEnd(10)).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a#b.npz", "a#train", "a[1].npz", "a#[0:1]"})
    void aFileIsFoundByItsVeryName(String name, @TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve(name));
        assertThat(Specification.parse("npz:" + file).path()).isEqualTo(file);
        assertThat(Specification.parse("npz:" + file).requireEnd(10)).isEqualTo(10);
        assertThat(Specification.parse("npz:" + file + "[2:5]").path()).isEqualTo(file);
        assertThat(Specification.parse("npz:" + file + "[2:5]").requireEnd(10)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[-5:]", "[5]", "[::2]", "[x:]", "[0:50"})
    void refusesARangeItDoesNotUnderstandBehindAFile(String range, @TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("x.npz"));
        assertIllegalArgument(() -> Specification.parse("npz:" + file + range))
                .hasMessageContaining("ends in \"" + range + "\": expected ");
    }

    @Test
    void asksForTrainOrTestWhereDataHaveParts() {
        assertIllegalArgument(() -> Specification.parse("cifar10:x").requireSplit())
                .hasMessageContaining("add #train or #test");
        assertIllegalArgument(() -> Specification.parse("images:x#train").requireNoSplit())
                .hasMessageContaining("no such parts");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cifar10",
                ":x",
                "mnist:x#train",
                "CIFAR10:x#train",
                "cifar10:",
                "cifar10:#train",
                "cifar10:x#",
                "cifar10:x#valid",
                "cifar10:x#train[1:2",
                "cifar10:x#train[-1:2]",
                "cifar10:x#train[1]",
                "cifar10:x#train[a:b]",
                "cifar10:x#[0:1]train",
                "cifar10:x#train[0:9999999999999999999]"
            })
    void refusesMalformedText(String text) {
        assertIllegalArgument(() -> Specification.parse(text)).hasMessageStartingWith("data \"" + text + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0:11]", "[5:5]", "[6:5]", "[11:]", "[10:]"})
    void refusesRangesThatAreEmptyOrOutside(String range) {
        Specification specification = Specification.parse("images:x#" + range);
        assertIllegalArgument(() -> specification.requireEnd(10)).hasMessageContaining("not within [0:10]");
    }
}
