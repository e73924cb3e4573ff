package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaPropertiesTest {
    @ParameterizedTest
    @CsvSource({
        "path, fussed, 'expected gemm or fused'",
        "reduce, gpu, 'expected auto, device or processor'",
        "pinMapped, yes, expected true or false",
        "device, -1, expected a number from 0 on",
        "keyLimit, 8 GB, 'expected bytes, such as 8589934592, 8192m or 8g'",
        "keyLimit, -1, 'expected bytes, such as 8589934592, 8192m or 8g'",
        "keyLimit, 99999999999g, 'expected bytes, such as 8589934592, 8192m or 8g'",
        "keyLimit, '', 'expected bytes, such as 8589934592, 8192m or 8g'",
        "memoryLimit, lots, 'expected bytes, such as 8589934592, 8192m or 8g'",
    })
    void aSettingThatIsWrongIsWhyTheEngineCannotBeUsed(String name, String value, String expected) {
        String property = "afterimage.cuda." + name;
        System.setProperty(property, value);
        try {
            String message = "-D" + property + "=" + value + ": " + expected;
            assertThatThrownBy(CudaProperties::check)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThat(new CudaProvider().problem()).isEqualTo(message);
        } finally {
            System.clearProperty(property);
        }
        CudaProperties.check();
    }

    @Test
    void withoutSettingsTheEngineChooses() {
        assertThat(CudaProperties.classSumsMethod()).isEqualTo(ClassSumsMethod.GEMM);
        assertThat(CudaProperties.projectionPlace()).isEqualTo(ProjectionPass.Place.AUTO);
        assertThat(CudaProperties.keyLimit()).isEqualTo(Long.MAX_VALUE);
        assertThat(CudaProperties.memoryLimit(1000)).isEqualTo(900);
    }
}
