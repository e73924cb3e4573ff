package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A red object that moves over blue ground from left to right; a second one like it stands still elsewhere. */
class VideoTest {
    private static final int SIDE = PatchModel.SIDE;
    private static final int OBJECT = 8;
    private static final int FRAMES = 11;
    private static final int OTHER = 24; // the first row and the first column of the object that stands still

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void theMaskFollowsTheObjectAndNotAnotherThatLooksLikeIt() throws IOException {
        video("moving");
        Path page = folder.resolve("page.html");
        Map<String, Object> found = Run.json(
                "measure video --model %s --layers patches --frames %s --masks %s --window 2 --last 2 --page %s",
                PatchModel.write(folder.resolve("net.onnx")), folder.resolve("frames"), folder.resolve("masks"), page);
        List<Map<String, Object>> videos = Run.objects(found, "videos");
        assertThat(videos).hasSize(1);
        assertThat(videos.get(0))
                .as("seed %d", seed)
                .containsEntry("name", "moving")
                .containsEntry("frames", FRAMES);
        assertThat((double) found.get("region")).as("seed %d", seed).isGreaterThan(0.8);
        assertThat((double) found.get("copiedRegion")).as("seed %d", seed).isLessThan(0.5);
        assertThat((double) found.get("boundary")).isGreaterThan((double) found.get("copiedBoundary"));
        assertThat(Files.readString(page)).contains("moving", "data:image/png");
    }

    @Test
    void refusesAVideoOfTwoFramesAndAFolderWithoutVideos() throws IOException {
        video("short");
        for (int i = 2; i < FRAMES; i++) {
            Files.delete(file("frames", "short", i));
        }
        String command = "measure video --model %s --layers patches --frames %s --masks %s";
        Path model = PatchModel.write(folder.resolve("net.onnx"));
        Path masks = folder.resolve("masks");
        assertThat(Run.failure(ExitCode.CORRUPT, command, model, folder.resolve("frames"), masks))
                .contains("video short has 2 frames: expected at least 3");
        assertThat(Run.failure(ExitCode.CORRUPT, command, model, folder.resolve("frames/short"), masks))
                .contains("has no folders");
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        command + " --page %s",
                        model,
                        folder.resolve("frames"),
                        masks,
                        file("masks", "short", 0)))
                .contains("is read by this command");
    }

    @Test
    void refusesAnEmptyFirstMaskAndAMaskOfAnotherSize() throws IOException {
        video("moving");
        Object[] command = {
            "measure video --model %s --layers patches --frames %s --masks %s --window 2",
            PatchModel.write(folder.resolve("net.onnx")),
            folder.resolve("frames"),
            folder.resolve("masks")
        };
        Path third = file("masks", "moving", 2);
        mask(third, SIDE / 2);
        assertThat(Run.failure(ExitCode.CORRUPT, command))
                .contains(third + " has 16 x 32 pixels: expected 32 x 32, as " + file("frames", "moving", 2) + " has");
        Path first = file("masks", "moving", 0);
        mask(first, SIDE);
        assertThat(Run.failure(ExitCode.CORRUPT, command)).contains(first + " has no pixel of an object");
    }

    private static void mask(Path file, int width) throws IOException {
        ImageIO.write(new BufferedImage(width, SIDE, BufferedImage.TYPE_BYTE_GRAY), "png", file.toFile());
    }

    @ParameterizedTest
    @CsvSource({
        "--nearest 0,1 or more",
        "--last -1,0 or more",
        "--window 0,1 or more",
        "--theta -1.0,a finite number that is not negative"
    })
    void namesTheOptionThatIsWrong(String option, String expected) {
        assertThat(Run.failure(
                        ExitCode.USAGE, "measure video --model m --layers l --frames f --masks m", option.split(" ")))
                .isEqualTo("afterimage: " + option + ": expected " + expected);
    }

    private void video(String name) throws IOException {
        Files.createDirectories(folder.resolve("frames").resolve(name));
        Files.createDirectories(folder.resolve("masks").resolve(name));
        for (int i = 0; i < FRAMES; i++) {
            BufferedImage frame = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
            BufferedImage mask = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    boolean moving = x >= 2 * i && x < 2 * i + OBJECT && y >= 4 && y < 4 + OBJECT;
                    boolean red = moving || x >= OTHER && y >= OTHER;
                    int noise = random.nextInt(60);
                    frame.setRGB(x, y, red ? 0xb00000 | noise << 8 | noise : 0x0000b0 | noise << 8 | noise << 16);
                    mask.getRaster().setSample(x, y, 0, moving ? 255 : 0);
                }
            }
            ImageIO.write(frame, "png", file("frames", name, i).toFile());
            ImageIO.write(mask, "png", file("masks", name, i).toFile());
        }
    }

    private Path file(String kind, String name, int frame) {
        return folder.resolve(kind).resolve(name).resolve("%05d.png".formatted(frame));
    }
}
