package io.github.afterimage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangeLogTest {
    @TempDir
    private Path folder;

    @Test
    void aChangeThatFindsTheHeapFullKeepsNoKeysInMemory() throws Exception {
        long before = MemoryUse.bytes();
        Path index = folder.resolve("index.safetensors");
        KeyStore store = new KeyStore(new KeyFormat(2, 1, ElementType.FLOAT32), 0);
        ChangeLog log = new ChangeLog(
                Disk.SYSTEM,
                index,
                store.format(),
                () -> {},
                Durability.everyChange(),
                Long.MAX_VALUE,
                LogState.begin(),
                () -> {});
        Field waiting = ChangeLog.class.getDeclaredField("waiting");
        waiting.setAccessible(true);
        waiting.set(log, fullHeap());
        store.log(log);
        assertThatThrownBy(() -> store.add(KeyRows.of(FloatBuffer.wrap(new float[] {1, 0}), new int[1])))
                .isInstanceOf(UnsavedChangeException.class)
                .hasMessageContaining("no room");
        store.log(null);
        store.remove(0);
        store.compact();
        assertThat(MemoryUse.bytes()).as("no snapshot needs the key").isEqualTo(before);
        assertThatThrownBy(log::close).isInstanceOf(UnsavedChangeException.class);
        store.close();
    }

    /** A queue that takes nothing. */
    private static Object fullHeap() {
        return Proxy.newProxyInstance(
                Queue.class.getClassLoader(), new Class<?>[] {Queue.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("add")) {
                        throw new OutOfMemoryError("no room");
                    }
                    return method.invoke(Collections.emptyList(), arguments);
                });
    }
}
