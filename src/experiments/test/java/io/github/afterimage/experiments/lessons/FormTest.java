package io.github.afterimage.experiments.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import org.junit.jupiter.api.Test;

class FormTest {
    private static final int SIDE = 32;

    /** Red grows to the right, green downwards; blue is half everywhere. */
    private static Image slope() {
        float[] values = new float[3 * SIDE * SIDE];
        for (int i = 0; i < SIDE * SIDE; i++) {
            values[i] = i % SIDE / 31f;
            values[SIDE * SIDE + i] = i / SIDE / 31f;
            values[2 * SIDE * SIDE + i] = 0.5f;
        }
        return Image.of(SIDE, SIDE, values);
    }

    @Test
    void aShiftedPictureRepeatsTheEdge() {
        Image shifted = Form.SHIFTED_FAR.of(slope(), 4);
        float sideways = (shifted.value(0, 16, 16) - slope().value(0, 16, 16)) * 31;
        float downwards = (shifted.value(1, 16, 16) - slope().value(1, 16, 16)) * 31;
        assertThat(Math.abs(sideways) + Math.abs(downwards)).isCloseTo(3, within(1e-4f));
        int channel = sideways == 0 ? 1 : 0;
        int edge = sideways + downwards > 0 ? 31 : 0;
        assertThat(shifted.value(channel, edge, edge)).isEqualTo(edge / 31f);
        assertThat(shifted.value(channel, edge == 0 ? 1 : 30, edge == 0 ? 1 : 30))
                .isEqualTo(edge / 31f);
    }

    @Test
    void aNearerPictureKeepsItsCentreAndAFlatterSlope() {
        Image nearer = Form.NEAREST.of(slope(), 4);
        float slope = nearer.value(0, 16, 20) - nearer.value(0, 16, 19);
        assertThat(slope).isCloseTo(1 / 31f / 1.3f, within(1e-5f));
        assertThat((nearer.value(0, 16, 15) + nearer.value(0, 16, 16)) / 2).isCloseTo(0.5f, within(1e-5f));
    }

    @Test
    void aRotatedPictureTurnsTheSlopeAboutTheCentre() {
        Image rotated = Form.ROTATED_FAR.of(slope(), 4);
        float sideways = rotated.value(0, 16, 17) - rotated.value(0, 16, 16);
        float downwards = rotated.value(1, 16, 17) - rotated.value(1, 16, 16);
        assertThat(sideways * 31).isCloseTo((float) Math.cos(Math.toRadians(15)), within(1e-4f));
        assertThat(Math.abs(downwards) * 31).isCloseTo((float) Math.sin(Math.toRadians(15)), within(1e-4f));
    }

    @Test
    void aSquareIsCutOutAndOneSeedGivesOnePicture() {
        float[] whole = slope().values();
        float[] cut = Form.CUT.of(slope(), 4).values();
        int changed = 0;
        for (int i = 0; i < 2 * SIDE * SIDE; i++) {
            changed += cut[i] == whole[i] ? 0 : 1;
        }
        assertThat(changed).isEqualTo(2 * 8 * 8);
        for (Form form : Form.values()) {
            assertThat(form.of(slope(), 9).values())
                    .isEqualTo(form.of(slope(), 9).values());
        }
    }
}
