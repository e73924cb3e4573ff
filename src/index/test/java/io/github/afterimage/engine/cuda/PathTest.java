package io.github.afterimage.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.ElementType;
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
}
