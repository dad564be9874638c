# Pencerenin söyledikleri. Her kimlik her dilde bulunur; bir test bunu denetler.

months-short = Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara
documents = { $n ->
   *[other] { $count } belge
}
revisions = { $n ->
   *[other] { $count } revizyon
}
planned = Planlandı
reason = Gerekçe
reason-note = Kütükte ve klasörün Excel dökümünde kalıcı olarak yer alır
status-none = Durum yok
by-whom = { $name }, { $when }
copied = Kopyalandı
undo = Geri al
undo-reason = Kaldırma geri alındı

# Açılış
opening = Projeleriniz açılıyor…
opening-failed = Projeleriniz açılamadı
opening-busy = ENGINUS burada zaten çalışıyor
opening-busy-detail = Bu klasör başka bir pencerede veya komut satırından başlatılmış bir hizmette açık. Orada kapatıp yeniden deneyin.
opening-retry = Yeniden dene
waiting-title = { $project } bekleniyor
waiting-forget = Bu projeyi unut
waiting-forget-detail = Daveti siler. Projeden burada henüz başka bir şey yok.
waiting-detail = Davet saklandı. Projeyi taşıyan bir cihaza veya depoya ulaşıldığında ya da bir paket dosyası okunduğunda proje gelir.

# İlk açılış
first-title = ENGINUS’a hoş geldiniz
first-detail = Projenin her belgesi için kütük, revizyon ve gerekçe; kendi cihazlarınızda, bağlantı olsa da olmasa da.
first-who = Siz kimsiniz?
first-name = Adınız
first-organisation = Kuruluş
first-email = E-posta adresi
first-note = Bunları projelerinizin üyeleri görür. Başka kimseye bir şey gönderilmez, hesap açılmaz.
first-send = Devam
first-welcome = Hoş geldiniz, { $name }
first-project = Kendi projenizle başlayın ya da bir başkasının projesine katılın.
first-create = Proje oluşturun
first-create-detail = Projenin sahibi olur, klasörlerini seçer ve diğerlerini davet edersiniz.
first-join = Davetle katılın
first-join-detail = Size “enginus1” ile başlayan bir metin ya da onun kare kodu gönderildi.
first-import = Projeyi dosyayla getirin
first-import-detail = Ağ olmayan şantiyeler için: bir paket dosyası projeyi bu cihaza taşır.
first-way-new = Yeniyim
first-way-words = 24 kelimem var
first-way-device = İkinci cihaz
first-words-title = 24 kelimenizle geri dönün
first-words-detail = Bu cihaz sizin olur. Sonra projeleriniz bir depodan ya da bir üyeden geri getirilir.
first-words = 24 kelime
first-words-count = { $all } kelimeden { $typed } tanesi
first-words-send = Geri dön
first-device-title = Sizin bir cihazınız daha
first-device-detail = Kullandığınız bir cihazda “Cihaz ekle”yi seçin, kodunu buraya verin. İkisi birbirine ulaşabilmelidir.
first-device-name = Bu cihazın adı
first-device-name-note = Boş bırakılırsa makinenin adı alınır
first-device-send = Cihazlarıma ekle
first-recover = Projelerimi geri getir
first-recover-detail = Geri dönüşten sonra ya da ikinci cihazda: bir depodan ya da başka bir üyeden.

# Gezinme
nav-documents = Belgeler
nav-project = Proje
nav-no-project = Proje seçin
nav-all = Tüm belgeler
nav-members = Üyeler
nav-sync = Paylaşım
nav-notices = Bildirimler

# Üst
top-add = Ekle
top-invite = Davet et
top-export = Dökümü al
menu = Menü
search-hint = Numara, başlık, gerekçe, kişi ara…
search-name = Ara
search-clear = Aramayı temizle
theme-to-dark = Koyu temaya geç
theme-to-light = Açık temaya geç
language-to-turkish = Türkçe
language-to-english = English
language-english = English
language-turkish = Türkçe

# Kütük
register-name = Kütük
register-loading = Kütük okunuyor…
register-shown = { $all } belgeden { $shown } tanesi
register-attention = { $n ->
   *[other] { $count } belge ilgi bekliyor
}
register-arriving = { $n ->
   *[other] Anlık görüntüden gösteriliyor; { $count } kayıt henüz getiriliyor ve denetleniyor
}
register-removed = Kaldırılanlar
register-columns = Sütunlar
register-read-only = Salt okunur
register-empty = Burada henüz belge yok
register-empty-detail = Dosyaları bu pencereye bırakın ya da seçin. Numara, başlık ve revizyon dosya adından okunur.
register-empty-read-only = Bu klasörü okuyabilirsiniz. Birisi belge eklediğinde burada görünür.
register-no-match = Uyan belge yok
register-no-match-detail = Bu klasörde yazdığınız tüm sözcükleri içeren ya da açık süzgeçlerden geçen belge yok.
register-show-all = Tüm belgeleri göster
register-needs-attention = ilgi bekliyor
register-is-removed = kaldırıldı
sorted-up = { $column }, artan sırada
sorted-down = { $column }, azalan sırada
column-number = Numara
column-title = Başlık
column-revision = Revizyon
column-status = Durum
column-discipline = Disiplin
column-form = Tür
column-originator = Hazırlayan
column-path = Alt klasör
column-transmittal = Gönderi no
column-date_received = Geliş tarihi
column-planned_date = Planlanan tarih
column-actual_date = Gerçekleşen tarih
column-package = İş paketi
column-zone = Bölge
column-added_by = Ekleyen
column-added_at = Eklenme zamanı
column-reason = Gerekçe
column-file = Dosya adı
column-size = Boyut
column-sha256 = SHA-256
column-revisions = Revizyon sayısı

# Dosya nerede
file-safe = Bu cihazda ve başka yerde olduğu kanıtlandı
file-here-only = Şimdilik yalnızca bu cihazda
file-elsewhere = Bu cihazda değil; açılınca getirilir
file-fetching = Yolda: %{ $percent }
file-none = Henüz dosya yok
file-open = { $name } dosyasını aç
file-save = { $name } dosyasını farklı kaydet…
file-copy-digest = SHA-256 özetini kopyala

# Belge
document-close = Belgeyi kapat
document-open = Aç
document-save-as = Farklı kaydet…
document-revise = Revize et
document-edit = Düzenle
document-remove = Kaldır
document-restore = Geri getir
document-removed = Kütükten kaldırıldı
document-folder = Klasör
document-planned-detail = Planlandı. Henüz dosyası yok; ilk dosyayı eklemek için belgeyi revize edin.
conflict-field = { $field } aynı anda iki kişi tarafından değiştirildi
conflict-field-detail = Biri seçilene kadar iki değer de saklanır.
conflict-shown = Şimdilik gösterilen
conflict-by = Yazan: { $name }
conflict-keep = “{ $value }” kalsın
conflict-number = Bu numara başka bir belgede de var
conflict-number-detail = İkisi de saklandı. Birine kendi numarasını verin.
conflict-number-edit = Numarayı değiştir
conflict-revision = { $code } revizyonu iki kez yapıldı
conflict-revision-detail = İki kişi birbirinden habersiz yaptı. İkisi de saklandı; yeni bir revizyon hangisinin süreceğini belirler.

# Ekleme
add-title = Belge ekle
add-folder = Klasör
add-choose-files = Dosya seç…
add-choose-folder = Klasör seç…
add-drop = Dosyaları buraya bırakın ya da seçmek için tıklayın
add-file = Dosya
add-empty-file = boş
add-reason-hint = Bu belgelerin neden eklendiği; dökümde böyle yer alır
add-needs-reason = Gerekçe gerekli
add-send = { $n ->
   *[other] { $count } belge ekle
}
add-stop = Durdur
add-done = Tamam
add-again = Kalanları yeniden dene
add-summary = { $all } dosyadan { $added } eklendi, { $refused } reddedildi
add-is-safe = Bu cihazda güvende
add-not-added = Eklenmedi
add-leave-out = { $name } dışarıda kalsın
add-too-many = Bir defada { $most } dosyadan fazlası seçildi. İlkleri listelendi; kalanları sonra ekleyin.
drop-here = Kütüğe eklemek için bırakın
pick-files = Dosya seçin
pick-folder = Klasör seçin
pick-bucket = Depo olacak klasörü seçin
pick-bundle = Paket dosyası seçin
pick-place = Farklı kaydet

# Planlama, revizyon, düzenleme, kaldırma
plan-title = Belge planla
plan-detail = Dosyası olmadan önce kütükte ve dökümde yer alır.
plan-date-hint = 2027-03-31
plan-send = Planla
revise-title = Revizyon ekle
revise-no-file = Yeni revizyonun dosyasını seçin. Dosya adı önemli değildir; aynı içerik de kabul edilir.
revise-send = Revizyonu ekle
edit-title = Belgeyi düzenle
edit-send = Kaydet
remove-title = Kütükten kaldır
remove-detail = Hiçbir şey silinmez: belge, revizyonları ve dosyaları kalır; buraya yazabilen herkes geri getirebilir.
restore-title = Kütüğe geri getir
restore-detail = Belge tüm revizyonlarıyla geri gelir.
dialog-close = Kapat
dialog-cancel = Vazgeç
dialog-working = Bir saniye…

# Projeler
create-title = Proje oluştur
create-name = Proje adı
create-name-hint = Güneş enerjisi santrali, 12 MWp
create-template = Şablon
create-language = Projenin ve dökümlerin dili
create-bucket = Varsa depo
create-bucket-note = Mühürlü dosyaların yeri: bir klasör ya da adresiyle S3, Azure veya Google depolaması. Erişim bilgileri bu cihazda kalır.
create-bucket-folder = Klasör kullan…
create-relay = Varsa aktarıcı
create-relay-note = Hiç aynı anda açık olmayan cihazların buluştuğu yer: işletenin verdiği adres. Sonra da eklenebilir.
create-buckets = Depolar
create-send = Projeyi oluştur
join-title = Projeye katıl
join-detail = Size verilen daveti yapıştırın. Bir davet, bir kişiyi bir projeye katar.
join-ticket = Davet
join-send = Katıl

# Davet
invite-title = Birini davet et
invite-detail = Daveti elinde tutan, burada seçtiğiniz rolle katılabilir.
invite-role = Rol
invite-folders = Klasörler
invite-all-folders = Rolün tüm klasörleri
invite-expiry = Davetin geçerliliği
invite-days = { $n ->
   *[other] { $count } gün
}
invite-forever = Süresiz
invite-until = { $when } tarihine kadar
invite-send = Daveti oluştur
invite-secret = Anahtar verir gibi teslim edin: elden ya da yalnızca onun okuyabileceği bir iletiyle.
invite-picture = Davetin kare kodu
invite-in-buckets = Depoda: bu cihaz kapalıyken de kullanılabilir.
invite-on-relays = Aktarıcıda: bu cihaz kapalıyken de kullanılabilir.
invite-not-there = Şunlara ulaşılamadı; ilk alışverişte oraya da gider: { $places }
invite-no-bucket = Projenin ulaşılabilen bir cihazıyla kullanılır.
invite-text = Metin olarak davet
invite-copy = Daveti kopyala
invite-access = Yetkinin süresi
invite-history = Klasörlerin geçmişi
invite-from-start = Baştan itibaren açık
invite-from-now = Kapalı; yalnızca bundan sonra eklenenler
invite-who = Kimler katılabilir
invite-uses = { $n ->
   *[other] { $count } kişi
}
invite-personal = Yalnızca belli bir kişi için, kişi kartıyla
invite-card = Kişi kartı
invite-card-note = “Anahtarlarım ve cihazlarım” altında bulunur. Gerçekten onun olup olmadığını kendisine sorun.

# Üyeler
members-as-of = Bu cihazın son duyduğu: { $when }
members-empty = Henüz üye yok
members-empty-detail = Liste ilk alışverişle gelir.
members-me = Siz
members-device = Cihaz
members-note = Adlar kişilerin yazdığı gibidir; cihazın yanındaki kısa anahtar aynı adlıları ayırır.

# Üyeler ve yetkiler
members-invite = Bu projeye birini davet et
members-tab-people = Kişiler
members-tab-access = Klasörlere göre yetki
members-tab-invitations = Davetler
members-tab-history = Geçmiş
members-since = { $when } tarihinden beri
members-since-by = { $when } tarihinden beri, getiren { $name }
members-role = Rolü değiştir…
members-role-named = { $name } rolünü değiştir
members-remove = Çıkar…
members-remove-named = Çıkar: { $name }
members-removed = Çıkarıldı
members-until = { $when } tarihine kadar
members-ended = { $when } tarihinde sona erdi
members-device-this = bu cihaz
members-device-connected = şu anda bağlı
members-device-removed = çıkarıldı
members-device-seen = en son { $when } görüldü
members-device-never = henüz görülmedi
members-former = Eski üyeler
members-former-detail = Çıkarılmalarından sonra yazılanları okuyamazlar. Daha önce yazdıkları kalır.
access-member = Üye
access-reads = okur
access-records = kayıt yazar
access-comments = yorum yapar
access-reviews = onaylar
access-manages = yetki yönetir
access-none = yetkisi yok
access-words = { $name }, { $folder }: { $what }
access-reason-note = Kalıcıdır; her üye yetki geçmişinde görür
asked-working = Bakılıyor…

# Davetler
invitations-empty = Açık davet yok
invitations-empty-detail = Bir davet kullanılana, süresi dolana ya da iptal edilene kadar burada durur.
invitations-note = Davet iptal edilse de onunla gelen üye kalır.
invitations-left = { $n ->
   *[other] { $count } kullanım kaldı
}
invitations-expired = süresi { $when } tarihinde doldu
invitations-joined = bununla gelen: { $names }
invitations-copy = { $id } davetinin kimliğini kopyala
invitations-cancel = İptal et…
invitations-cancel-named = { $id } davetini iptal et
cancel-invitation-title = Daveti iptal et
cancel-invitation-what = { $role }, hazırlayan { $by }
cancel-invitation-detail = Bu davetle artık kimse katılamaz. Onunla gelmiş olan kalır.
cancel-invitation-send = İptal et

# Üyelerin değiştirilmesi ve çıkarılması
revoke-title = Üyeyi çıkar: { $name }
revoke-detail = Siz onaylamadan hiçbir şey olmaz.
revoke-send = Şimdi çıkar: { $name }
role-title = Rolü değiştir: { $name }
role-detail = Yeni rol, şimdiki rollerinin yerini alır. Önce ne yapacağına bakın.
role-look = Ne yapacağını göster
role-again = Başka bir şey seç
role-send = Rolü değiştir
preview-title = Bunun sonucu
preview-working = Ne olacağına bakılıyor…
preview-reading = Bundan sonra eklenenleri okuyamaz: { $folders }
preview-writing = Artık yazamaz: { $folders }
preview-gains = Yetki kazanır: { $folders }
preview-same = Önceki klasörleri okumaya ve yazmaya devam eder
preview-kept = { $n ->
   *[other] { $count } kaydı olduğu gibi kalır
}
preview-held = { $n ->
   *[other] { $count } kaydı inceleme bekliyor
}
preview-last-seen = En son { $when } görüldü; o zamandan beri yazıp kimseye ulaşmamış olanlar geldiğinde incelemeye alınır
preview-never-seen = Bu cihaz onu hiç görmedi; yazıp kimseye ulaşmamış olanlar geldiğinde incelemeye alınır
preview-brought-in = Onun getirdiği halde kalır: { $names }
preview-keys = { $n ->
   *[other] { $count } anahtar yenilenir
}; daha önce aldıkları kendisinde kalır
preview-devices = Cihazları: { $names }

# Yetki geçmişi
history-empty = Henüz karar yok
history-empty-detail = Liste ilk alışverişle gelir.
history-grant = { $by }, { $about } kişisine { $role } rolünü verdi
history-invitation = { $by }, { $role } rolü için { $about } davetini hazırladı
history-joined = { $by }, { $about } kişisini projeye aldı
history-device = { $by }, { $about } cihazını onayladı
history-removal = { $by }, { $about } üyesini çıkardı
history-role-change = { $n ->
   *[other] { $by }, önceki { $count } rolü sona erdirdi
}
history-cancellation = { $by }, { $about } davetini iptal etti
history-device-removal = { $by }, { $about } cihazını çıkardı
history-acceptance = { $n ->
   *[other] { $by }, bekleyen { $count } kaydı kabul etti
}
history-other = { $by }, { $about } hakkında karar verdi
history-reason = “{ $reason }”
history-refused = Geçerli değil: { $why }
history-signed = imza { $key }
history-copy-signer = { $key } imza anahtarını kopyala

# İnceleme ve sona eren projeler
nav-review = İnceleme bekleyen
review-waiting = { $n ->
   *[other] Çıkarılan üyelerin { $count } kaydı inceleme bekliyor
}
review-look = Göster
review-empty = İnceleme bekleyen kayıt yok
review-empty-detail = Çıkarılan üyelerin sonradan gelen çalışmaları burada dururdu.
review-detail = Çıkarılan üyeler bunları kimseye ulaşmadan yazdı. Üstlerinden biri kabul edene kadar kimse için geçerli değildir.
review-others = Bu kayıtlara bakabilirsiniz. Klasörü yöneten biri kabul eder.
review-not-yours = kabul yetkiniz yok
review-choose = { $name } · { $id }
review-sealed = Bu cihaz içini açamıyor.
review-more = { $n ->
   *[other] ve { $count } tane daha
}
review-received = { $when } alındı · cihaz { $device }
review-accept-chosen = { $n ->
    [0] Seçilenleri kabul et…
   *[other] { $count } kaydı kabul et…
}
review-accept-all = Tümünü kabul et…
accept-title = Yine de kabul et
accept-count = { $n ->
   *[other] { $count } kayıt bundan sonra geçerli
}
accept-detail = Dayandıkları kayıtlar da geçerli olur. Geri alınamaz.
accept-send = Kabul et
removed-title = { $name } sizi { $when } tarihinde bu projeden çıkardı
removed-why = Gerekçe: { $reason }
removed-detail = Elinizdekiler burada okunur kalır. Bir şey eklenemez, değiştirilemez; yeni bir şey de gelmez.

# Anahtarlar, kelimeler, parola
nav-me = Siz
nav-keys = Anahtarlarım ve cihazlarım
keys-detail = Bunlar yalnızca sizindir, tüm projeleriniz için geçerlidir. Sizin için kimse kopya saklamaz.
keys-back = Geri
keys-reminder = 24 kelime onaylanmadı
keys-words = 24 kelimeniz
keys-words-confirmed = Yazıldı ve onaylandı
keys-words-open = Henüz onaylanmadı
keys-words-detail = Tüm cihazlar kaybolsa da sizi geri getirirler. Kâğıtta, güvenli bir yerde saklayın.
keys-words-show = Kelimeleri göster…
passphrase = Parola
keys-in-keyring = Anahtarlıkta
keys-in-keyring-detail = Anahtarlarınız, oturum açtığınızda sistemin anahtarlığının açtığı bir anahtarla mühürlü. Çalınan ve kapalı bir makine anahtarı ele vermez; sizin hesabınızla oturum açmış birine ise parola sorulmaz. Pencereyi kilitlemek için bunun yerine parola koyun.
keys-use-keyring = Sistemin anahtarlığını kullan
keys-unprotected = Yok
keys-unprotected-detail = Anahtarlarınız, bu makinede yalnızca sizin hesabınızın okuyabildiği bir dosyadadır. Parola koyarsanız çalınan makine anahtarı ele vermez ve pencere kilitlenebilir.
keys-passphrase-set = Parola koy…
keys-protected = Var
keys-protected-detail = Anahtarlarınız bu cihazda onunla mühürlüdür. Kilitten sonra ve ENGINUS açılırken sorulur.
keys-lock = Şimdi kilitle
keys-passphrase-change = Değiştir…
keys-passphrase-remove = Kaldır…
keys-auto-lock = Kimse yokken kendiliğinden kilitlenme süresi
keys-auto-lock-minutes = { $n ->
   *[other] { $count } dakika
}
keys-auto-lock-never = Hiçbir zaman
keys-devices = Cihazlarım
keys-devices-detail = Her birinin kendi anahtarı vardır. Kaybolanı buradan siz ya da projede üstünüzdeki biri çıkarır.
keys-device-add = Cihaz ekle…
keys-device-this = Bu cihaz
keys-others = Başkaları ve geri getirme
keys-others-detail = Kişi kartınızı alan biri, yalnızca sizin kullanabileceğiniz bir davet hazırlayabilir. Projeler bir depodan ya da başka bir üyeden geri gelir.
keys-contact = Kişi kartım…
keys-recover = Projeleri geri getir…
words-title = 24 kelimeniz
words-detail = Bu sırayla kâğıda yazın. Boş bir makinede yalnızca bunlarla geri dönersiniz.
words-secret = Onları bilen siz olur. Fotoğrafını çekmeyin, postayla göndermeyin, buluta koymayın.
words-written = Yazdım
words-later = Sonra
words-check-title = Kelimelerinizden üçü
words-check-detail = Bu kelimeleri kâğıdınızdan yazın. Sonra hatırlatma biter.
words-word = { $position }. kelime
words-confirm = Onayla
words-again = Kelimeleri yeniden göster
words-passphrase-detail = Kelimeler parolasız kimseye gösterilmez.
words-show = Kelimeleri göster
passphrase-set-title = Parola koy
passphrase-change-title = Parolayı değiştir
passphrase-remove-title = Parolayı kaldır
passphrase-to-lock = Kilitlemek için, açacak bir parola gerekir.
passphrase-detail = Anahtarlarınızı yalnızca bu cihazda mühürler. Diğer cihazların kendi parolası vardır.
passphrase-remove-detail = Anahtarlarınızı yalnızca dosya izinleri korur, kilitleme yapılamaz.
passphrase-old = Şimdiki parola
passphrase-new = Yeni parola
passphrase-note = Birbiriyle ilgisiz birkaç sözcük, işaretli tek sözcükten güçlüdür
passphrase-again = Yeni parola, yeniden
passphrase-differ = İkisi henüz aynı değil
passphrase-forgotten = Kimse sıfırlayamaz. Unutursanız sizi yalnızca 24 kelimeniz geri getirir.
passphrase-set-send = Koy
passphrase-change-send = Değiştir
passphrase-remove-send = Kaldır
lock-title = ENGINUS kilitli
lock-detail = Anahtarlar mühürlü. Parola açar.
lock-whose = { $name } için anahtarlar mühürlü. Parola açar.
lock-unlock = Kilidi aç
lock-opening = Açılıyor…
lock-working = Kilitleniyor…
lock-wrong = Parola bu değil
lock-again = Yeniden deneyin. Büyük küçük harf ve boşluk önemlidir.
lock-wait = { $n ->
   *[other] Sonraki deneme { $count } saniye sonra yapılabilir.
}

# Cihazlarım, kişi kartı, geri gelen projeler
device-code = Cihaz kodu
device-code-copy = Kodu kopyala
device-add-title = Cihaz ekle
device-add-detail = Yeni cihazda ENGINUS’u başlatın, “İkinci cihaz”ı seçip bu kodu verin.
device-add-secret = Bu kodu alan sizin cihazınız olur. Başka kimseye göstermeyin.
device-add-picture = Cihaz kodunun kare kodu
device-add-left = Bekleniyor; kod { $left } geçerli
device-add-again = Yeni kod hazırla
device-added = { $name } artık sizin cihazınız
device-added-detail = Projeleriniz şimdi oraya geliyor. Sizin adınızla yazar.
device-remove-title = Cihazı çıkar: { $name }
device-remove-detail = Hiçbir projede bundan sonra yazdığı geçerli olmaz, yeni bir şey okuyamaz. Aldıkları üzerinde kalır.
device-remove-key = Sizin anahtarınızı da taşır. Parolası yoktuysa ya da biri biliyor olabilirse, bir yöneticiden sizi çıkarıp yeniden davet etmesini isteyin.
device-remove-send = Cihazı çıkar
contact-title = Kişi kartım
contact-detail = Sizi davet edecek kişiye verin. Adınızı ve açık anahtarınızı taşır, gizli bir şey içermez.
contact-picture = Kişi kartının kare kodu
contact-text = Metin olarak kart
contact-copy = Kartı kopyala
recover-title = Projeleri geri getir
recover-detail = Projeleriniz, onları taşıyan bir depodan ya da cihazına ulaşılan bir üyeden geri gelir.
recover-from = Depo adresi ya da davet
recover-from-note = Projenin herhangi bir daveti olur; kullanılmış sayılmaz
recover-send = Ara
recover-here = Geldi, okuyabildiğiniz her şeyle
recover-nothing = Orada sizin bir projeniz yok.
qr-drawing = Kare kod çiziliyor…
qr-too-long = Bu metin tek bir kare koda sığmıyor. Harfleri verin.

# Paylaşım
sync-promise = “Eşit” ancak karşı taraf aynısını taşıdığını kanıtlayınca söylenir.
sync-now = Şimdi eşitle
sync-export-bundle = Paket yaz…
sync-import-bundle = Paket oku…
sync-devices = Cihazlar
sync-no-devices = Henüz başka cihaz yok. Birini davet edin ya da ikinci cihazla katılın.
sync-relays = Aktarıcılar
sync-no-relays = Bu projenin aktarıcısı yok. Cihazlar birbirine ulaştıklarında ya da bir depoda buluşur.
relay-add = Aktarıcı ekle…
relay-leave = { $name } aktarıcısını bırak
relay-never = Henüz hiçbir şeyi doğrulamadı
relay-unconfirmed-since = { $when } tarihinden beri doğrulamadı
relay-add-title = Bir aktarıcıda buluş
relay-add-detail = Aktarıcı, cihazların mühürlediklerini saklar ve iletir; böylece hiç aynı anda açık olmayan iki cihaz da alışveriş yapar. Hiçbir şey okuyamaz. Bundan böyle bütün üyeler onu kullanır.
relay-address = Aktarıcının adresi
relay-address-note = İşleten kişi verir; relay:// ile başlar
relay-add-send = Bu aktarıcıyı kullan
relay-leave-title = Aktarıcıyı bırak
relay-leave-detail = Üyeler bunu duyunca onu artık kullanmaz. Sakladıkları, işleteni kaldırana kadar orada kalır ve projenin anahtarları olmadan kimse okuyamaz.
relay-erase = Sakladıklarını sil
relay-erase-note = Cihazlardakiler kalır. Bunun için ona ulaşılması gerekir; bunu henüz duymamış başka bir cihazınız yeniden koyabilir.
relay-leave-send = Bırak
sync-buckets = Depolar
sync-no-buckets = Bu projenin deposu yok. Dosyalar cihazdan cihaza doğrudan gider.
sync-addresses = Bu cihaza ulaşılan adresler
sync-in-sync = Eşit
sync-exchanging = Alışverişte
sync-not-connected = Bağlı değil
sync-reachable = Ulaşılıyor
sync-problem = Sorun
sync-never = Henüz hiç eşit olmadı
sync-last = Son eşitlik: { $when }
sync-unsent = { $n ->
   *[other] { $count } değişiklik yalnızca bu cihazda
}
sync-unsent-detail = Burada güvendeler; ilk alışverişte gönderilirler.

# Alt
status-in-sync = { $n ->
   *[other] { $count } cihazla eşit
}
status-connected = { $n ->
   *[other] { $count } cihazla alışverişte
}
status-on-relay = Aktarıcıyla eşit
status-in-bucket = Her şey depoda
status-alone = Bağlı başka cihaz yok
status-transfers = { $n ->
   *[other] { $count } dosya yolda
}
status-notices = { $n ->
   *[other] { $count } bildirim
}
status-cancel = Durdur
doing-add = Ekleniyor
doing-fetch = Getiriliyor
doing-export = Yazılıyor
doing-import = Okunuyor
doing-sync = Alışverişte
doing-other = Çalışıyor

# Bildirimler
notices-empty = Bildirilecek bir şey yok
notices-empty-detail = Depoyla ilgili bir sorun, anahtar bekleyen değişiklikler ya da kopyalanmış bir klasör olsaydı burada yazardı.
notices-session = Pencere açıldığından beri
notice-quarantine = Zararlı değişiklikler ayrıldı
notice-fork = Bir klasör kopyalandı ya da yedekten döndürüldü
notice-waiting = Bekleyen var
notice-trouble = Sorun
toast-close = İletiyi kapat
system-refused = Sistem reddetti
told-added = { $n ->
   *[other] { $count } belge eklendi
}
told-refused = { $n ->
   *[other] { $count } dosya reddedildi
}
told-planned = Belge planlandı
told-revised = Revizyon eklendi
told-edited = Belge değiştirildi
told-settled = Karara bağlandı
told-removed = Kütükten kaldırıldı
told-restored = Kütüğe geri getirildi
told-saved = Kaydedildi ve denetlendi
told-exported = { $n ->
   *[other] Döküm yazıldı, { $count } satır
}
told-bundle-written = Paket yazıldı
told-bundle-read = Paket okundu
told-forgotten = Unutuldu; bir davet onu geri getirir
told-joined = Katıldınız
told-pending = Davet saklandı; proje henüz gelmedi
told-in-sync = { $n ->
   *[other] { $count } tarafla eşit
}
told-nobody = Kimseye ulaşılamadı
told-not-yet = Henüz eşit değil
told-revoked = { $name } çıkarıldı
told-role = { $name } artık başka bir rolde
told-cancelled = Davet iptal edildi
told-accepted = { $n ->
   *[other] { $count } kayıt artık geçerli
}
told-keyring = Anahtarlarınızı anahtarlık mühürlü tutuyor
told-passphrase = Parola değiştirildi
told-words = 24 kelimeniz onaylandı
told-device-joined = Bu cihaz artık sizin
told-device-removed = { $name } çıkarıldı
told-recovered = Yeniden hoş geldiniz

# Retler
failure-invalid = Bu kullanılamaz
failure-not-found = Bulunamadı
failure-ambiguous = Birden fazlası uyuyor
failure-not-allowed = İzin yok
failure-conflict = Zaten var ya da bu arada değişti
failure-bad-input = Okunamadı
failure-storage = Disk reddetti
failure-unreachable = Kimseye ulaşılamadı
failure-busy = Başka yerde kullanılıyor
failure-locked = Anahtarlar kilitli
failure-passphrase = Parola uymuyor
failure-cancelled = Durduruldu
failure-internal = Burada bir şey ters gitti

# Palet ve yardım
palette-title = Ne yapmak istersiniz?
palette-hint = Adının bir parçasını yazın
palette-nothing = Bu adla şimdi yapılabilecek bir şey yok.
help-title = Tuşlar
help-register = Kütükte
help-register-keys = Oklar, Page Up, Page Down, Home ve End gezdirir; Enter dosyayı açar; Escape belgeyi kapatır. Sütun başlığına tıklamak sıralar; Shift ile kendi içinde sıralar.
action-add-documents = Belge ekle
action-plan-document = Dosyasız belge planla
action-search = Ara
action-open-file = Dosyayı aç
action-save-as = Dosyayı farklı kaydet…
action-revise = Revizyon ekle
action-edit-document = Belgeyi düzenle
action-remove-document = Belgeyi kaldır ya da geri getir
action-invite = Birini davet et
action-export-log = Klasörün dökümünü Excel’e al
action-sync-now = Şimdi eşitle
action-export-bundle = Projeyi paket dosyasına yaz
action-import-bundle = Paket dosyası oku
action-create-project = Proje oluştur
action-join-project = Davetle projeye katıl
action-toggle-attention = Yalnızca ilgi bekleyenleri ya da tümünü göster
action-toggle-removed = Kaldırılanları göster ya da gizle
action-show-register = Kütüğü göster
action-show-members = Üyeleri göster
action-show-sync = Cihazları ve depoları göster
action-show-notices = Bildirimleri göster
action-show-review = İnceleme bekleyenleri göster
action-show-keys = Anahtarlarımı ve cihazlarımı göster
action-lock-now = Şimdi kilitle
action-add-device = Kendime cihaz ekle
action-contact-card = Kişi kartımı göster
action-recover-projects = Projelerimi geri getir
action-switch-language = İngilizce ile Türkçe arasında geç
action-switch-theme = Açık ile koyu arasında geç
action-palette = Bir işi adıyla bul
action-help = Tuşları göster
