package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.ElementType;
import org.junit.jupiter.api.Test;

class ClassSumsMethodTest {
    @Test
    void sortedSixteenBitKeysAndFewThetasTakeTheFusedKernel() {
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.BFLOAT16, 1, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.FUSED);
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.FLOAT16, 4, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.FUSED);
    }

    @Test
    void everythingElseTakesCublas() {
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.FLOAT32, 1, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.INT8, 1, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.BFLOAT16, 33, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.BFLOAT16, 1, 275_000, 250_000, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.BFLOAT16, 0, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
    }

    @Test
    void theMeasurementDecidesWhereBothMayBeFaster() {
        assertThat(ClassSumsMethod.AUTO.choose(ElementType.BFLOAT16, 1, 275_000, 5_300, () -> false))
                .isEqualTo(ClassSumsMethod.GEMM);
        assertThat(ClassSumsMethod.FUSED.choose(ElementType.BFLOAT16, 1, 275_000, 5_300, () -> false))
                .isEqualTo(ClassSumsMethod.FUSED);
    }

    @Test
    void aSettingDecidesWhereBothArePossible() {
        assertThat(ClassSumsMethod.GEMM.choose(ElementType.BFLOAT16, 1, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
        assertThat(ClassSumsMethod.FUSED.choose(ElementType.BFLOAT16, 33, 275_000, 250_000, () -> true))
                .isEqualTo(ClassSumsMethod.FUSED);
        assertThat(ClassSumsMethod.FUSED.choose(ElementType.FLOAT32, 1, 275_000, 5_300, () -> true))
                .isEqualTo(ClassSumsMethod.GEMM);
    }
}
