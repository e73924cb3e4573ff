package io.github.afterimage.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.settings.MemoryKind;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After every test class no native memory is in use, of any kind. Registered for all of them in META-INF/services. */
public final class NativeMemoryExtension implements AfterAllCallback {
    @Override
    public void afterAll(ExtensionContext context) {
        for (MemoryKind kind : MemoryKind.values()) {
            assertThat(MemoryUse.bytes(kind))
                    .as("bytes of %s memory after %s", kind, context.getDisplayName())
                    .isZero();
        }
        assertThat(MemoryLedger.claimedBytes())
                .as("bytes claimed after %s", context.getDisplayName())
                .isZero();
        assertThat(MemoryUse.setAsideBytes())
                .as("bytes set aside after %s", context.getDisplayName())
                .isZero();
    }
}
