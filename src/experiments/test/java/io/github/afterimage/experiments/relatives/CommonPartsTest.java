package io.github.afterimage.experiments.relatives;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CommonPartsTest {
    private static final int SIDE = 96;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    private BufferedImage scene() {
        return MadePictures.scene(
                SIDE, new Color(60 + random.nextInt(130), 60 + random.nextInt(130), 60 + random.nextInt(130)), random);
    }

    /** Returns a new scene with a thing in a ninth, (3, 3) row-major. */
    private BufferedImage with(BufferedImage thing, int ninth) {
        BufferedImage scene = scene();
        Graphics2D graphics = scene.createGraphics();
        graphics.drawImage(thing, ninth % 3 * 33 + 3, ninth / 3 * 33 + 3, null); // a whole pixel of the miniature
        graphics.dispose();
        return scene;
    }

    private static BitSet parts(BufferedImage picture, BufferedImage... others) {
        return CommonParts.of(
                MadePictures.miniature(picture),
                Stream.of(others).map(MadePictures::miniature).toList());
    }

    /** Returns a thing of 27 pixels, 9 of a miniature, with sharp edges. */
    private static BufferedImage thing() {
        BufferedImage thing = new BufferedImage(27, 27, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = thing.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 27, 12);
        graphics.setColor(Color.RED);
        graphics.fillRect(15, 6, 12, 15);
        graphics.dispose();
        return thing;
    }

    @Test
    void aThingIsFoundOnAnotherBackgroundAndElsewhereInThePicture() {
        for (int ninth = 0; ninth < 9; ninth++) {
            assertThat(CommonParts.place(parts(with(thing(), ninth), scene(), with(thing(), 8 - ninth))))
                    .as("seed %d", seed)
                    .isEqualTo(ninth);
        }
    }

    @Test
    void anEncodingDoesNotHideAThing() {
        MadePictures.Change encoded = MadePictures.CHANGES.get("encoded at quality 0.5");
        assertThat(CommonParts.place(parts(with(thing(), 0), encoded.of(with(thing(), 4), random))))
                .as("seed %d", seed)
                .isZero();
    }

    @Test
    void picturesOfOtherScenesHaveNoPartInCommon() {
        long found = Stream.generate(() -> parts(scene(), scene(), scene(), scene()))
                .limit(50)
                .filter(parts -> !parts.isEmpty())
                .count();
        assertThat(found).as("seed %d", seed).isLessThanOrEqualTo(5);
    }

    @Test
    void picturesThatAreTooSmallAreNotCompared() {
        BufferedImage small = MadePictures.scene(12, Color.GRAY, random);
        assertThat(parts(small, small)).isEqualTo(new BitSet());
        assertThat(parts(scene())).isEqualTo(new BitSet());
    }
}
