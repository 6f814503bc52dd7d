"""What PostgreSQL says in other languages: de, fr, es, it, pt, ru, ja, zh.

Only where no code stands beside the words: drivers of connections that fail, and bare texts.
"""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "db-login-refused",
        """
        passwort-authentifizierung für benutzer | authentification par mot de passe
        autentificación password | autenticazione con password fallita
        autenticação do tipo senha falhou | не прошёл проверку подлинности
        パスワード認証に失敗 | 密码认证失败 | rolle »&existiert nicht | le rôle «&n'existe pas
        no existe el rol | il ruolo "&non esiste | роль "&не существует | ロール"&存在しません
        角色 "&不存在
        """,
        ("psycopg2.OperationalError", "Passwort-Authentifizierung für Benutzer »shop« fehlte"),
    ),
    rule(
        "db-missing",
        """
        datenbank »&existiert nicht | la base de données «&n'existe pas
        no existe la base de datos | il database "&non esiste | banco de dados "&não existe
        база данных "&не существует | データベース"&存在しません | 数据库 "&不存在
        """,
        ("psycopg2.OperationalError", "FATAL:  Datenbank »shop« existiert nicht"),
    ),
    rule(
        "db-connections",
        """
        schon zu viele verbindungen | trop de clients | demasiados clientes | troppi client
        muitos clientes conectados | слишком много клиентов | クライアント数が多すぎます
        客户端连接过多 | verbleibenden verbindungen sind | emplacements de connexions restants
        conexiones restantes están reservadas | rimanenti slot di connessione
        оставшиеся слоты подключений | 残りの接続スロット | 剩余连接槽位
        """,
        ("psycopg2.OperationalError", "FATAL:  désolé, trop de clients sont déjà connectés"),
    ),
    rule(
        "db-starting",
        """
        datenbanksystem startet | datenbanksystem fährt herunter
        système de bases de données se lance | système de base de données s'arrête
        base de datos está iniciándose | base de datos está apagándose
        database si sta avviando | database si sta spegnendo | sistema de banco de dados está
        система баз данных запускается | система баз данных останавливается
        データベースシステムは起動処理中 | データベースシステムはシャットダウン
        数据库系统正在启动 | 数据库系统正在关闭
        """,
        ("psycopg2.OperationalError", "FATAL:  das Datenbanksystem startet"),
    ),
    rule(
        "db-lost",
        """
        anweisung des administrators | demande de l'administrateur | orden del administrador
        comando dell'amministratore | comando do administrador | команде администратора
        管理者コマンドにより | 由于管理员命令
        """,
        ("PSQLException", "arrêt des connexions suite à la demande de l'administrateur"),
    ),
    rule(
        "db-deadlock",
        """
        verklemmung | interblocage | взаимоблокировка | デッドロック | 死锁
        """,
        ("PSQLException", "обнаружена взаимоблокировка"),
    ),
    rule(
        "db-lock-timeout",
        """
        zeitüberschreitung einer sperre | obtention des verrous | espera de candados
        timeout di lock | тайм-аута блокировки | ロックのタイムアウト | 由于锁超时
        konnte sperre für zeile | obtenir un verrou | bloquear un candado | lock di riga
        получить блокировку строки | 行ロックを取得 | 中行的锁
        """,
        ("PSQLException", "konnte Sperre für Zeile in Relation »orders« nicht setzen"),
    ),
    rule(
        "db-query-timeout",
        """
        zeitüberschreitung der anfrage | délai écoulé pour l'exécution
        tiempo de espera de sentencias | annullamento dell'istruzione a causa di timeout
        оператора отменено из-за тайм-аута | ステートメントのタイムアウト | 由于语句执行超时
        tempo de espera de comando
        """,
        ("PSQLException", "storniere Anfrage wegen Zeitüberschreitung der Anfrage"),
    ),
    rule(
        "db-serialization",
        """
        zugriff nicht serialisieren | sérialiser un accès | serializar el acceso
        serializzazione dell'accesso | serializar acesso | сериализовать доступ
        直列化ができませんでした | 无法串行化
        """,
        ("PSQLException", "konnte Zugriff nicht serialisieren"),
    ),
    rule(
        "duplicate",
        """
        doppelter schlüsselwert | clé dupliquée | llave duplicada | chiave duplicato
        duplicar valor da chave | ограничение уникальности | 一意性制約 | 违反唯一约束
        """,
        ("PSQLException", "doppelter Schlüsselwert verletzt Unique-Constraint »a_key«"),
    ),
    rule(
        "value-missing",
        """
        verletzt not-null-constraint | viole la contrainte not null | restricción de no nulo
        vincolo non nullo | restrição de não-nulo | ограничение not null | 非null制約
        违反非空约束
        """,
        ("PSQLException", "NULL-Wert in Spalte »a« von Relation »b« verletzt Not-Null-Constraint"),
    ),
    rule(
        "still-referenced",
        """
        aktualisieren oder löschen in tabelle | update ou delete sur la table
        update o delete en « | update o delete en | update o delete sulla tabella
        atualização ou exclusão em tabela | update или delete | 更新または削除 | 更新或删除
        """,
        ("PSQLException", "Aktualisieren oder Löschen in Tabelle »a« verletzt Fremdschlüssel"),
    ),
    rule(
        "parent-missing",
        """
        fremdschlüssel-constraint | contrainte de clé&étrangère | viola la llave foránea
        vincolo di chiave esterna | restrição de chave estrangeira | внешнего ключа
        外部キー制約 | 违反外键约束
        """,
        ("PSQLException", "Einfügen in Tabelle »a« verletzt Fremdschlüssel-Constraint »a_fkey«"),
    ),
    rule(
        "check-failed",
        """
        verletzt check-constraint | contrainte de vérification | restricción «check»
        vincolo di controllo | restrição de verificação | ограничение-проверку | 検査制約
        违反检查约束
        """,
        ("PSQLException", "neue Zeile für Relation »a« verletzt Check-Constraint »a_check«"),
    ),
    rule(
        "value-too-long",
        """
        wert zu lang für typ | valeur trop longue pour le type | demasiado largo para el tipo
        troppo lungo per il tipo | muito longo para tipo | не умещается в тип
        としては長すぎます | 值过长
        """,
        ("PSQLException", "Wert zu lang für Typ character varying(20)"),
    ),
    rule(
        "missing-column",
        """
        spalte »&existiert nicht | la colonne «&n'existe pas | no existe la columna
        la colonna "&non esiste | coluna "&não existe | столбец "&не существует
        列"&存在しません | 列 "&不存在
        """,
        ("PSQLException", "Spalte »tier« existiert nicht"),
    ),
    rule(
        "missing-table",
        """
        relation »&existiert nicht | la relation «&n'existe pas | no existe la relación
        la relazione "&non esiste | relação "&não existe | отношение "&не существует
        リレーション"&存在しません | 关系 "&不存在
        """,
        ("PSQLException", "Relation »coupons« existiert nicht"),
    ),
    rule(
        "db-not-allowed",
        """
        keine berechtigung für | droit refusé pour | permiso denegado a la
        permesso negato per | permissão negada para | нет доступа к таблице
        へのアクセスが拒否されました | 的权限不足
        """,
        ("PSQLException", "keine Berechtigung für Tabelle orders"),
    ),
    rule(
        "db-read-only",
        """
        read-only-transaktion | transaction en lecture seule | transacción de sólo lectura
        transazione a sola lettura | transação somente leitura | только чтение
        リードオンリーのトランザクション | 只读事务
        """,
        ("PSQLException", "INSERT kann nicht in einer Read-Only-Transaktion ausgeführt werden"),
    ),
    rule(
        "db-disk",
        """
        konnte datei »&nicht erweitern | étendre le fichier | extender el archivo
        estendere il file | estender arquivo | увеличить файл | を拡張できませんでした
        无法扩展文件
        """,
        ("PSQLException", "konnte Datei »base/1« nicht erweitern: kein Platz"),
    ),
    rule(
        "bad-value",
        """
        ungültige eingabesyntax | syntaxe en entrée invalide | sintaxis de entrada no es válida
        sintassi di input non valida | sintaxe de entrada é inválida
        неверный синтаксис для типа | 入力構文が不正 | 输入语法无效
        """,
        ("PSQLException", "ungültige Eingabesyntax für Typ uuid: »x«"),
    ),
    rule(
        "sql-error",
        """
        syntaxfehler bei | erreur de syntaxe sur | error de sintaxis en | errore di sintassi a
        erro de sintaxe em | ошибка синтаксиса ( | で構文エラー | 语法错误
        """,
        ("PSQLException", "Syntaxfehler bei »selec«"),
    ),
)
