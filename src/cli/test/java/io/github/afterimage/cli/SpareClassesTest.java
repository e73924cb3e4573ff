package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** build --spare-classes, and the commands that use such an index. */
class SpareClassesTest {
    private static final List<String> COLOURS = List.of("cherry", "grass", "sky");

    @TempDir
    private Path folder;

    /** A picture that is red, green, blue, or white as the fourth. */
    private void image(String name, int colour) throws IOException {
        ColourModel.picture(folder.resolve(name), colour == 3 ? new int[] {0, 1, 2} : new int[] {colour});
    }

    private void images(String name, List<String> classes) throws IOException {
        for (int colour = 0; colour < classes.size(); colour++) {
            image(name + "/" + classes.get(colour) + "/1.bmp", colour);
        }
    }

    @Test
    void aSpareClassIsNamedAndTaughtAndTheMixtureKnowsItAsFarAsLambdaAllows() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        Path index = folder.resolve("index.safetensors");
        images("keys", COLOURS);
        images("more", List.of("cherry", "grass", "sky", "snow"));
        Run.done(
                "build --model %s --layers hidden --data images:%s --spare-classes 2 --out %s",
                model, folder.resolve("keys"), index);
        Run.reported("info %s", index)
                .containsEntry("classes", 5)
                .containsEntry("classNames", List.of("cherry", "grass", "sky", "spare 1", "spare 2"));
        Object[] on = {"--index", index, "--model", model};
        Run.warned("these find themselves", "tune", on, "--data", "images:" + folder.resolve("keys"), "--save");
        Object[] again = {"evaluate", on, "--data", "images:" + folder.resolve("keys"), "--json"};
        assertThat(Run.warned("these find themselves", again).object()).containsEntry("togetherError", 0.0);
        try (CacheIndex opened = CacheIndex.open(index)) {
            opened.nameClass(3, "snow");
            opened.save(index);
        }
        assertThat(Run.of("add", on, "--data", "images:" + folder.resolve("more"), "--save")
                        .err())
                .contains("3 of 4 examples", "the prediction sets of the index were made before this change");
        assertThat(Run.warned(
                                "these find themselves",
                                "evaluate",
                                on,
                                "--data",
                                "images:" + folder.resolve("more"),
                                "--theta 50 --lambda 0.9 --json".split(" "))
                        .object())
                .containsEntry("togetherError", 0.0);
        Map<String, Object> found =
                Run.json("predict", on, "--theta 50 --lambda 0.9".split(" "), folder.resolve("more/snow/1.bmp"));
        assertThat(Run.objects(found, "predictions").get(0))
                .containsEntry("name", "snow")
                .containsEntry("networkProbability", 0.0);
    }

    @Test
    void probabilitiesOfAFileOfFeaturesAreThoseOfTheNetworksClasses() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --spare-classes 1 --out %s", TwoClasses.keys(folder), index);
        Run.reported(
                        "evaluate --index %s --data %s --theta %s --lambda 0.5",
                        index, TwoClasses.examples(folder), TwoClasses.THETA)
                .containsEntry("networkError", 0.4)
                .containsEntry("togetherError", 0.4)
                .containsEntry("memoryError", 0.6);
    }

    @Test
    void refusesANumberThatIsNegative() throws IOException {
        String error = Run.failure(
                ExitCode.USAGE,
                "build --data %s --spare-classes -1 --out %s",
                TwoClasses.keys(folder),
                folder.resolve("index.safetensors"));
        assertThat(error).contains("--spare-classes -1: expected 0 or more");
    }
}
