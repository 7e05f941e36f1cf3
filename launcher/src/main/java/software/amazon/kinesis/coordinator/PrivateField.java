package software.amazon.kinesis.coordinator;

import java.lang.reflect.Field;

/** A private field of KCL's that has no other way to it. {@code KclMembers} looks for each of them at the start. */
final class PrivateField {
    private PrivateField() {}

    static Field of(Class<?> type, String name) throws NoSuchFieldException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
