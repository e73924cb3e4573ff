package io.github.afterimage.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.store.ElementType;
import org.junit.jupiter.api.Test;

class PathTest {
    @Test
    void sortedSixteenBitKeysAndFewThetasTakeTheFusedKernel() {
        assertThat(Path.AUTO.choose(ElementType.BFLOAT16, 1, 275_000, 5_300)).isEqualTo(Path.FUSED);
        assertThat(Path.AUTO.choose(ElementType.FLOAT16, 4, 275_000, 5_300)).isEqualTo(Path.FUSED);
    }

    @Test
    void everythingElseTakesCublas() {
        assertThat(Path.AUTO.choose(ElementType.FLOAT32, 1, 275_000, 5_300)).isEqualTo(Path.GEMM);
        assertThat(Path.AUTO.choose(ElementType.INT8, 1, 275_000, 5_300)).isEqualTo(Path.GEMM);
        assertThat(Path.AUTO.choose(ElementType.BFLOAT16, 33, 275_000, 5_300)).isEqualTo(Path.GEMM);
        assertThat(Path.AUTO.choose(ElementType.BFLOAT16, 1, 275_000, 250_000)).isEqualTo(Path.GEMM);
        assertThat(Path.AUTO.choose(ElementType.BFLOAT16, 0, 275_000, 5_300)).isEqualTo(Path.GEMM);
    }

    @Test
    void aSettingDecidesWhereBothArePossible() {
        assertThat(Path.GEMM.choose(ElementType.BFLOAT16, 1, 275_000, 5_300)).isEqualTo(Path.GEMM);
        assertThat(Path.FUSED.choose(ElementType.BFLOAT16, 33, 275_000, 250_000))
                .isEqualTo(Path.FUSED);
        assertThat(Path.FUSED.choose(ElementType.FLOAT32, 1, 275_000, 5_300)).isEqualTo(Path.GEMM);
    }

    @Test
    void settingsThatAreWrongAreRefusedWithWhatIsExpected() {
        System.setProperty(Settings.PATH, "fussed");
        System.setProperty(Settings.TF32, "yes");
        System.setProperty(Settings.DEVICE, "-1");
        try {
            assertThatThrownBy(Settings::path)
                    .hasMessage("-Dafterimage.cuda.path=fussed: expected auto, gemm or fused");
            assertThatThrownBy(Settings::tf32).hasMessage("-Dafterimage.cuda.tf32=yes: expected true or false");
            assertThatThrownBy(Settings::device).hasMessageContaining("expected a number");
        } finally {
            System.clearProperty(Settings.PATH);
            System.clearProperty(Settings.TF32);
            System.clearProperty(Settings.DEVICE);
        }
        assertThat(Settings.path()).isEqualTo(Path.AUTO);
        assertThat(Settings.tf32()).isFalse();
    }
}
