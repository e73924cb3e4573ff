package io.github.afterimage.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    @ParameterizedTest
    @CsvSource({
        "path, fussed, 'expected auto, gemm or fused'",
        "reduce, gpu, 'expected auto, device or processor'",
        "tf32, yes, expected true or false",
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
            assertThatThrownBy(Settings::check)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThat(CudaSupport.problem()).isEqualTo(message);
        } finally {
            System.clearProperty(property);
        }
        Settings.check();
    }

    @Test
    void withoutSettingsTheEngineChoosesAndKeepsFloat32() {
        assertThat(Settings.path()).isEqualTo(Path.AUTO);
        assertThat(Settings.reduce()).isEqualTo(ProjectionPass.Place.AUTO);
        assertThat(Settings.tf32()).isFalse();
        assertThat(Settings.keyLimit()).isEqualTo(Long.MAX_VALUE);
        assertThat(Settings.memoryLimit(1000)).isEqualTo(900);
    }
}
